"""How long a response is fresh, how old it is, and how long it may be used stale.

RFC 9111 section 4.2 as a shared cache, and RFC 5861. Everything is in milliseconds; header fields speak
in seconds and are converted here.
"""

from __future__ import annotations

from typing import NamedTuple

from caching.content import limit_of
from caching.control import Control, control_of
from caching.fields import parse_age_s, parse_delta_s, parse_http_date
from caching.messages import ResponseHead
from caching.settings import CacheSettings

# RFC 9110 section 15.1: statuses that may be stored without explicit freshness.
HEURISTICALLY_CACHEABLE = frozenset((200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501))


class Freshness(NamedTuple):
    """The times that a response carries, all in milliseconds."""

    lifetime_ms: int
    stale_while_revalidate_ms: int
    stale_if_error_ms: int
    no_cache: bool
    """It must be validated before every use (RFC 9111 section 5.2.2.4)."""
    stale_if_disconnected_ms: int = 0
    """How long past its freshness it may be used when upstream cannot be reached (section 4.2.4)."""
    stale_limit_ms: int = 0
    """How long past its freshness it may be used at all; 0 when it says that it must not be."""
    immutable: bool = False
    """While it is fresh, asking whether it has changed is of no use (RFC 8246)."""


def freshness_of(head: ResponseHead, settings: CacheSettings, now_ms: int) -> Freshness:
    """The freshness of a response received at ``now_ms``."""
    control = control_of(head.headers, settings.targeted_fields)
    no_cache = control.forbids("no-cache")
    lifetime_ms = 0 if no_cache else _lifetime_ms(head, control, settings, now_ms)
    immutable = control.has("immutable")
    if no_cache or control.has("must-revalidate", "proxy-revalidate"):
        return Freshness(lifetime_ms, 0, 0, no_cache, immutable=immutable)
    swr_ms = (parse_delta_s(control.directives.get("stale-while-revalidate")) or 0) * 1000
    sie_s = parse_delta_s(control.directives.get("stale-if-error"))
    # s-maxage forbids stale answers too (RFC 9111 section 5.2.2.10), except those that it comes with.
    if control.has("s-maxage"):
        sie_s = sie_s or 0
    sie_ms = settings.default_stale_if_error_ms if sie_s is None else sie_s * 1000
    disconnected_ms = max(sie_ms, settings.stale_if_disconnected_ms) if sie_s is None else sie_ms
    limit_ms = limit_of(settings.max_stale_of_ms, head)
    limit_ms = settings.max_stale_ms if limit_ms is None else limit_ms
    return Freshness(
        lifetime_ms,
        min(swr_ms, limit_ms),
        min(sie_ms, limit_ms),
        no_cache,
        min(disconnected_ms, limit_ms),
        0 if control.has("s-maxage") else limit_ms,
        immutable,
    )


def _lifetime_ms(head: ResponseHead, control: Control, settings: CacheSettings, now_ms: int) -> int:
    """s-maxage, max-age, Expires (RFC 9111 section 4.2.1); then the operator's, then the heuristic."""
    for name in ("s-maxage", "max-age"):
        if control.has(name):
            # An argument that makes no sense is as good as stale (section 4.2.1, last paragraph).
            return (parse_delta_s(control.directives[name]) or 0) * 1000
    if control.expires is not None:
        expires_ms = parse_http_date(control.expires)
        return 0 if expires_ms is None else max(0, expires_ms - date_ms(head, now_ms))
    negative_ms = limit_of(settings.negative_ttl_ms, head)
    return _heuristic_ms(head, control, settings, now_ms) if negative_ms is None else negative_ms


def is_heuristically_cacheable(status: int, control: Control) -> bool:
    """Whether a response may be fresh without saying for how long (RFC 9111 section 4.2.2)."""
    return status in HEURISTICALLY_CACHEABLE or control.has("public")


def _heuristic_ms(head: ResponseHead, control: Control, settings: CacheSettings, now_ms: int) -> int:
    modified_ms = parse_http_date(head.headers.get("last-modified") or "")
    if modified_ms is None or not is_heuristically_cacheable(head.status, control):
        return 0
    since_ms = max(0, date_ms(head, now_ms) - modified_ms)
    return min(since_ms * settings.heuristic_percent // 100, settings.heuristic_max_ms)


def date_ms(head: ResponseHead, now_ms: int) -> int:
    """The response's Date, or the time it was received when it has none (RFC 9110 section 6.6.1)."""
    date = parse_http_date(head.headers.get("date") or "")
    return now_ms if date is None else date


def initial_age_ms(head: ResponseHead, request_ms: int, response_ms: int) -> int:
    """How old a response was when it was received (RFC 9111 section 4.2.3, corrected_initial_age)."""
    # Date has no milliseconds: compared with ours, everything would look up to a second older.
    apparent_ms = max(0, response_ms // 1000 * 1000 - date_ms(head, response_ms))
    corrected_ms = (parse_age_s(head.headers.all("age")) or 0) * 1000 + max(0, response_ms - request_ms)
    return max(apparent_ms, corrected_ms)
