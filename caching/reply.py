"""The answer to one request from one entry: status, fields, and which bytes of the body.

Conditions, single ranges and Age are settled here, for hits, followers and leaders alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from caching.conditional import is_not_modified
from caching.entry import Entry
from caching.headers import Headers, Pair
from caching.messages import POSITION, Request, ResponseHead, end_to_end
from caching.ranges import Slice, Unsatisfiable, select

# RFC 9110 section 15.4.5: what a 304 repeats of the fields that a 200 would have carried.
_IN_NOT_MODIFIED = ("cache-control", "content-location", "date", "etag", "expires", "last-modified", "vary")

_BODYLESS = (204, 304)


class Reply(NamedTuple):
    """What to send. ``body`` is the part of the entry's body, in bytes; None for an answer without one.

    A slice whose length is negative runs to the end of a body whose size is not known yet.
    """

    status: int
    headers: tuple[Pair, ...]
    body: Slice | None
    before: bytes = b""
    """To be sent before the body: the head of a part of several (RFC 9110 section 14.6)."""
    after: bytes = b""
    """To be sent after it: the end of all parts."""
    begun: bool = False
    """Whether it goes on where the last one ended, under the status and the fields of the first."""
    more: bool = False
    """Whether others follow it."""


TO_THE_END = Slice(0, -1)


def make_reply(request: Request, entry: Entry, now_ms: int) -> Reply:
    """Answer ``request`` with ``entry`` (RFC 9111 section 4, RFC 9110 sections 13 and 14)."""
    age = ("age", str(entry.age_ms(now_ms) // 1000))
    if entry.status == 200:
        if is_not_modified(request.headers, entry.etag, entry.modified_ms):
            return Reply(304, (*_in_not_modified(request, entry), age), None)
        if (partial := _partial(request, entry, age)) is not None:
            return partial
    return Reply(entry.status, (*entry.headers, age), _whole(request, entry))


def relayed_reply(request: Request, head: ResponseHead) -> Reply:
    """Upstream's own response, passed on to one client (RFC 9110 section 7.6)."""
    bodyless = request.method == "HEAD" or head.status in _BODYLESS
    headers = end_to_end(head.headers).without(("cache-status", POSITION))
    return Reply(head.status, tuple(headers), None if bodyless else TO_THE_END)


def _partial(request: Request, entry: Entry, age: Pair) -> Reply | None:
    """The 206 or 416 for a single range of a body whose size is known; ranges are for GET (9110 14.2)."""
    if entry.size_bytes is None or request.method != "GET":
        return None
    part = select(request.headers, entry.size_bytes, entry.etag, entry.last_modified_ms)
    if part is None:
        return None
    if isinstance(part, Unsatisfiable):
        fields = (("content-range", part.content_range()), ("content-length", "0"), age)
        return Reply(416, (*_only(entry.headers, _ON_ERROR), *fields), None)
    fields = (
        ("content-range", part.content_range(entry.size_bytes)),
        ("content-length", str(part.length)),
        age,
    )
    return Reply(206, (*entry.headers.without(["content-length"]), *fields), part)


# A browser's script may not even read the status of an error that lacks these.
_ON_ERROR = ("access-control-allow-origin", "access-control-expose-headers", "date", "vary")


def _whole(request: Request, entry: Entry) -> Slice | None:
    if request.method == "HEAD" or entry.status in _BODYLESS:
        return None
    return TO_THE_END if entry.size_bytes is None else Slice(0, entry.size_bytes)


def _in_not_modified(request: Request, entry: Entry) -> Iterable[Pair]:
    """A client needs little; a peer updates what it stores with what upstream has told this node since."""
    if request.from_peer:
        return entry.headers.without(["content-length"])
    return _only(entry.headers, _IN_NOT_MODIFIED)


def _only(headers: Headers, names: tuple[str, ...]) -> tuple[Pair, ...]:
    shared = (*names, "access-control-allow-origin", "access-control-expose-headers")
    return tuple(pair for pair in headers if pair[0] in shared)
