"""Byte ranges of a representation (RFC 9110 section 14): what is asked for, and what that comes to.

Called by the origin's delivery against a file, by the Exchange against a stored response, and by a Gathering
for what is stored in parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from caching.fields import parse_http_date, strongly_equal
from caching.headers import Headers

_SPEC = re.compile(r"(\d*)-(\d*)", re.ASCII)
_UNIT = "bytes="
# RFC 8673: clients ask for "the rest, as it grows" with the greatest safe integer as the last position.
_MAX_DIGITS = 19


class Spec(NamedTuple):
    """One range as asked for: from ``first`` to ``last``, both included; or the last ``last`` bytes."""

    first: int | None
    last: int | None
    """None for all that follows."""

    def __str__(self) -> str:
        return f"{'' if self.first is None else self.first}-{'' if self.last is None else self.last}"


class Slice(NamedTuple):
    """A satisfiable range: ``length`` bytes from ``offset`` (bytes, both)."""

    offset: int
    length: int

    @property
    def end(self) -> int:
        """The position behind its last byte."""
        return self.offset + self.length

    def content_range(self, size_bytes: int | None) -> str:
        """The Content-Range of a 206 (RFC 9110 section 14.4); None for a whole of unknown length."""
        return f"bytes {self.offset}-{self.end - 1}/{'*' if size_bytes is None else size_bytes}"


class Unsatisfiable(NamedTuple):
    """A well-formed range of which no byte exists: 416."""

    size_bytes: int

    def content_range(self) -> str:
        """The Content-Range of a 416 (RFC 9110 section 15.5.17)."""
        return f"bytes */{self.size_bytes}"


def parse_range(value: str | None) -> tuple[Spec, ...]:
    """The ranges that a Range field asks for, in order; none for one to be ignored (RFC 9110 section 14.2).

    That is one which is malformed in any part, or of another unit.
    """
    if value is None or value[: len(_UNIT)].lower() != _UNIT:
        return ()
    specs = [_parse_spec(item) for item in value[len(_UNIT) :].split(",") if item.strip(" \t")]
    return tuple(spec for spec in specs if spec is not None) if all(specs) else ()


def _parse_spec(item: str) -> Spec | None:
    found = _SPEC.fullmatch(item.strip(" \t"))
    if found is None or not item.isascii():
        return None
    first, last = found.groups()
    if max(len(first), len(last)) > _MAX_DIGITS or not (first or last):
        return None
    spec = Spec(int(first) if first else None, int(last) if last else None)
    backwards = spec.first is not None and spec.last is not None and spec.last < spec.first
    return None if backwards else spec


def select(
    headers: Headers, size_bytes: int, etag: str | None, last_modified_ms: int | None
) -> Slice | Unsatisfiable | None:
    """Which part of ``size_bytes`` bytes a request wants; None for the whole.

    A Range that is malformed, of another unit, of several parts, or whose If-Range does not hold is
    ignored (RFC 9110 section 14.2).
    """
    specs = parse_range(headers.get("range"))
    if len(specs) != 1 or not if_range_holds(headers, etag, last_modified_ms):
        return None
    return resolve(specs[0], size_bytes) or Unsatisfiable(size_bytes)


def resolve(spec: Spec, size_bytes: int) -> Slice | None:
    """The bytes of a range that there are, or None when there are none (RFC 9110 section 14.1.2)."""
    first, last = spec
    if first is None:
        length = min(last or 0, size_bytes)
        return Slice(size_bytes - length, length) if length else None
    if first >= size_bytes:
        return None
    end = size_bytes if last is None else min(last + 1, size_bytes)
    return Slice(first, end - first)


def coalesce(specs: Iterable[Spec], size_bytes: int, gap_bytes: int) -> list[Slice]:
    """The bytes that several ranges ask for, in the order of their asking, none of them twice.

    Ranges that overlap, or are separated by fewer than ``gap_bytes``, become one (RFC 9110 15.3.7.2).
    """
    asked = [found for spec in specs if (found := resolve(spec, size_bytes)) is not None]
    merged: list[tuple[int, Slice]] = []
    for turn, part in sorted(enumerate(asked), key=lambda pair: pair[1]):
        if merged and part.offset < merged[-1][1].end + gap_bytes:
            first_turn, before = merged.pop()
            end = max(before.end, part.end)
            merged.append((min(first_turn, turn), Slice(before.offset, end - before.offset)))
        else:
            merged.append((turn, part))
    return [part for _, part in sorted(merged)]


def block_of(position: int, slice_bytes: int, size_bytes: int | None) -> Spec:
    """The aligned block in which a position lies, up to the end of the whole if that is known."""
    first = position // slice_bytes * slice_bytes
    end = first + slice_bytes
    beyond = size_bytes is None or position >= size_bytes
    return Spec(first, (end if beyond else min(end, size_bytes or 0)) - 1)


def to_field(specs: Sequence[Spec]) -> str:
    """The Range field that asks for them."""
    return _UNIT + ",".join(map(str, specs))


def if_range_holds(headers: Headers, etag: str | None, last_modified_ms: int | None) -> bool:
    """Whether If-Range is absent or names the current representation (RFC 9110 section 13.1.5)."""
    value = headers.get("if-range")
    if value is None:
        return True
    if value.startswith(('"', "W/")):
        return etag is not None and strongly_equal(value, etag)
    date_ms = parse_http_date(value)
    return date_ms is not None and last_modified_ms is not None and date_ms == last_modified_ms // 1000 * 1000
