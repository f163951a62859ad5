"""Classes of content, for which an operator sets limits: ``404``, ``5xx``, ``video/mp4``, ``video/*``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from caching.messages import ResponseHead

_STATUS = re.compile(r"[2-5](?:\d\d|xx)")
_ERROR = re.compile(r"[45](?:\d\d|xx)")
_MEDIA = re.compile(r"[!#$&^_.+a-z0-9-]+/(?:[!#$&^_.+a-z0-9-]+|\*)")


def limit_of(limits: Mapping[str, int], head: ResponseHead) -> int | None:
    """What is set for the first class that a response is of, in the order in which they stand."""
    if not limits:
        return None
    classes = _classes_of(head)
    return next((limit for name, limit in limits.items() if name in classes), None)


def _classes_of(head: ResponseHead) -> frozenset[str]:
    media = (head.headers.get("content-type") or "").partition(";")[0].strip().lower()
    status = str(head.status)
    return frozenset((status, f"{status[0]}xx", media, f"{media.partition('/')[0]}/*"))


def check_limits(field: str, limits: Mapping[str, int], *, errors_only: bool) -> None:
    """Raise ValueError, naming the setting, for what is no class or no limit."""
    known: Iterable[re.Pattern[str]] = (_ERROR,) if errors_only else (_STATUS, _MEDIA)
    kinds = "404 or 5xx" if errors_only else "404, 5xx, video/mp4 or video/*"
    for name, limit_ms in limits.items():
        if not any(pattern.fullmatch(name) for pattern in known):
            raise ValueError(f"{field}: a class such as {kinds}, not {name!r}")
        if limit_ms < 0:
            raise ValueError(f"{field}: {name}: must not be negative, not {limit_ms}")
