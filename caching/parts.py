"""Stored parts of objects: where each lies, which belong together, and which hold a position.

A part is an Entry whose ``part`` says where in the whole its bytes begin. Parts of one object belong together
only when they share a strong validator and the length of the whole (RFC 9111 section 3.4).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from caching.entry import Entry, Part
from caching.fields import parse_http_date
from caching.headers import Headers
from caching.messages import ResponseHead
from caching.storability import content_length
from caching.table import Table
from caching.vary import Selection, selects

_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.IGNORECASE | re.ASCII)
_UNSATISFIED = re.compile(r"bytes \*/(\d{1,18})", re.IGNORECASE | re.ASCII)
# RFC 9110 section 8.8.2.2: Last-Modified is strong when nothing can have changed twice within its second.
# A whole minute, since the two clocks need not be the same.
_SURELY_LATER_MS = 60_000


class Likeness(NamedTuple):
    """What parts must have in common: a strong validator, and the length of the whole."""

    validator: str
    """An ETag, or the value of Last-Modified."""
    complete_bytes: int

    @property
    def condition(self) -> tuple[str, str]:
        """The precondition under which more of it is asked for (RFC 9110 sections 13.1.1 and 13.1.4)."""
        return ("if-match" if self.validator.startswith('"') else "if-unmodified-since", self.validator)


class Arrived(NamedTuple):
    """What a 206 says that it brings. ``length`` is that of its body."""

    part: Part
    length: int


def arrived_of(head: ResponseHead) -> Arrived | None:
    """Where the body of a 206 lies, or None when it does not say so in a way that can be understood.

    An origin whose Content-Range and Content-Length contradict each other is believed in the first position
    and in the bytes that it sends. If it says that they reach the end, they do.
    """
    found = _CONTENT_RANGE.fullmatch(head.headers.get("content-range") or "")
    if found is None:
        return None
    first, last = int(found[1]), int(found[2])
    complete_bytes = None if found[3] == "*" else int(found[3])
    if last < first or (complete_bytes is not None and last >= complete_bytes):
        return None
    length = content_length(head.headers)
    if length is None or length == last - first + 1:
        return Arrived(Part(first, complete_bytes), last - first + 1)
    to_the_end = complete_bytes == last + 1
    return Arrived(Part(first, first + length if to_the_end else complete_bytes), length)


def unsatisfied_length(headers: Headers) -> int | None:
    """The length of the whole that a 416 tells (RFC 9110 section 15.5.17)."""
    found = _UNSATISFIED.fullmatch(headers.get("content-range") or "")
    return None if found is None else int(found[1])


def likeness_of(entry: Entry) -> Likeness | None:
    """What other parts must share with this one to be combined with it; None when none may be."""
    validator = strong_validator(entry.headers)
    return None if validator is None or entry.whole_bytes is None else Likeness(validator, entry.whole_bytes)


def strong_validator(headers: Headers) -> str | None:
    """An ETag that is not weak; without any ETag a Last-Modified that is as good (RFC 9110 8.8.2.2)."""
    etag = headers.get("etag")
    if etag is not None:
        return etag if etag.startswith('"') else None
    modified = headers.get("last-modified")
    modified_ms, date_ms = parse_http_date(modified or ""), parse_http_date(headers.get("date") or "")
    if modified_ms is None or date_ms is None or date_ms - modified_ms < _SURELY_LATER_MS:
        return None
    return modified


class Parts:
    """The stored parts of every object, found by the positions that they hold."""

    __slots__ = ("_bucket_bytes", "_buckets", "_by_key", "_versions")

    def __init__(self, bucket_bytes: int) -> None:
        self._bucket_bytes = bucket_bytes
        self._by_key = Table[str]()
        self._buckets = Table[tuple[str, int]]()
        self._versions: dict[tuple[str, Selection], Table[Likeness | None]] = {}

    def at(self, key: str, request_headers: Headers, position: int) -> Entry | None:
        """The part that holds a position and that a request selects; of several the newest."""
        bucket = self._buckets.of((key, position // self._bucket_bytes))
        holding = (entry for entry in bucket if entry.start <= position < entry.end)
        matching = (entry for entry in holding if selects(entry.selection, request_headers))
        return max(matching, key=lambda entry: entry.serial, default=None)

    def of(self, key: str) -> list[Entry]:
        """Every part of an object."""
        return self._by_key.of(key)

    def any_of(self, key: str) -> Entry | None:
        """Some part of an object, however many there are."""
        return self._by_key.first(key)

    def unlike(self, entry: Entry) -> list[Entry]:
        """The parts of a variant with which an entry does not belong together; O(versions and those)."""
        like, versions = likeness_of(entry), self._versions.get((entry.key, entry.selection))
        if versions is None:
            return []
        return [part for other in versions if other != like for part in versions.of(other)]

    def alike(self, key: str, like: Likeness | None) -> list[Entry]:
        """The parts of an object that belong together by ``like``; none, when there is nothing to go by."""
        return [] if like is None else [part for part in self.of(key) if likeness_of(part) == like]

    def newest(self, key: str, request_headers: Headers) -> Entry | None:
        """The part that came last of those that a request selects."""
        parts = self._by_key.newest_first(key)
        return next((entry for entry in parts if selects(entry.selection, request_headers)), None)

    def add(self, entry: Entry) -> None:
        self._by_key.add(entry.key, entry)
        versions = self._versions.setdefault((entry.key, entry.selection), Table())
        versions.add(likeness_of(entry), entry)
        for bucket in self._buckets_of(entry):
            self._buckets.add(bucket, entry)

    def discard(self, entry: Entry) -> None:
        self._by_key.discard(entry.key, entry)
        variant = (entry.key, entry.selection)
        versions = self._versions[variant]
        versions.discard(likeness_of(entry), entry)
        if not versions:
            del self._versions[variant]
        for bucket in self._buckets_of(entry):
            self._buckets.discard(bucket, entry)

    def __contains__(self, key: object) -> bool:
        return key in self._by_key

    def _buckets_of(self, entry: Entry) -> Iterator[tuple[str, int]]:
        first, last = entry.start, max(entry.start, entry.end - 1)
        numbers = range(first // self._bucket_bytes, last // self._bucket_bytes + 1)
        return ((entry.key, number) for number in numbers)
