"""Single byte ranges of a representation whose size is known (RFC 9110 section 14).

Called by the origin's delivery against a file, and by the Exchange against a stored response. A set of
several ranges is answered with the whole representation, which section 14.2 allows.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from caching.fields import parse_http_date, strongly_equal
from caching.headers import Headers

_SINGLE = re.compile(r"bytes=[ \t]*(\d*)-(\d*)[ \t]*", re.IGNORECASE | re.ASCII)
# RFC 8673: clients ask for "the rest, as it grows" with the greatest safe integer as the last position.
_MAX_DIGITS = 19


class Slice(NamedTuple):
    """A satisfiable range: ``length`` bytes from ``offset`` (bytes, both)."""

    offset: int
    length: int

    def content_range(self, size_bytes: int) -> str:
        """The Content-Range of a 206 (RFC 9110 section 14.4)."""
        return f"bytes {self.offset}-{self.offset + self.length - 1}/{size_bytes}"


class Unsatisfiable(NamedTuple):
    """A well-formed range of which no byte exists: 416."""

    size_bytes: int

    def content_range(self) -> str:
        """The Content-Range of a 416 (RFC 9110 section 15.5.17)."""
        return f"bytes */{self.size_bytes}"


def select(
    headers: Headers, size_bytes: int, etag: str | None, last_modified_ms: int | None
) -> Slice | Unsatisfiable | None:
    """Which part of ``size_bytes`` bytes a request wants; None for the whole.

    A Range that is malformed, of another unit, of several parts, or whose If-Range does not hold is
    ignored (RFC 9110 section 14.2).
    """
    wanted = headers.get("range")
    if wanted is None or not if_range_holds(headers, etag, last_modified_ms):
        return None
    found = _SINGLE.fullmatch(wanted)
    if found is None:
        return None
    first, last = found.groups()
    if max(len(first), len(last)) > _MAX_DIGITS:
        return None
    return _suffix(last, size_bytes) if not first else _span(int(first), last, size_bytes)


def _suffix(last: str, size_bytes: int) -> Slice | Unsatisfiable | None:
    if not last:
        return None
    length = min(int(last), size_bytes)
    return Slice(size_bytes - length, length) if length else Unsatisfiable(size_bytes)


def _span(first: int, last: str, size_bytes: int) -> Slice | Unsatisfiable | None:
    if last and int(last) < first:
        return None
    if first >= size_bytes:
        return Unsatisfiable(size_bytes)
    end = min(int(last), size_bytes - 1) if last else size_bytes - 1
    return Slice(first, end - first + 1)


def if_range_holds(headers: Headers, etag: str | None, last_modified_ms: int | None) -> bool:
    """Whether If-Range is absent or names the current representation (RFC 9110 section 13.1.5)."""
    value = headers.get("if-range")
    if value is None:
        return True
    if value.startswith(('"', "W/")):
        return etag is not None and strongly_equal(value, etag)
    date_ms = parse_http_date(value)
    return date_ms is not None and last_modified_ms is not None and date_ms == last_modified_ms // 1000 * 1000
