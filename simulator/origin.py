"""The origin as the edges see it: a table of objects, answered for by the rules of HTTP, or an outage.

Conditions and ranges are judged by the same functions as in the real origin. ``answer`` is a pure
function of the table, the request and the time, and needs no network.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from caching import Failure, Headers, Request, ResponseHead, Slice
from caching.conditional import Precondition, evaluate
from caching.fields import format_http_date, parse_http_date
from caching.ranges import Unsatisfiable, select
from simulator.body import whole_body
from simulator.call import Call, CallerLeftError
from simulator.link import Link
from simulator.scheduler import Scheduler
from simulator.sessions import Sessions


class Condition(Enum):
    """How the origin is."""

    UP = "up"
    DOWN = "down"
    """It refuses connections, and has broken off those that there were."""
    FAILING = "failing"
    """It answers everything with 503."""
    BREAKING = "breaking"
    """It breaks off in the middle of every body."""
    DAMAGING = "damaging"
    """It sends other bytes than it sends the digest of."""
    SILENT = "silent"
    """It takes requests, and never answers."""


@dataclass(frozen=True, slots=True)
class SimObject:
    """What the origin has under one target (path and query), in its present version."""

    target: str
    size_bytes: int
    headers: Headers
    """Validators, Cache-Control, Cache-Tag, Content-Type, Vary: all but Date and Content-Length."""
    status: int = 200
    text: str = ""
    """The content itself, where someone in the simulation reads it (playlists)."""
    sized: bool = True
    """Whether its length is said beforehand: not for what is still being made."""
    writable: bool = False
    """Whether unsafe methods succeed on it; elsewhere they are not allowed."""

    @property
    def etag(self) -> str | None:
        return self.headers.get("etag")


class Answer(NamedTuple):
    """A response: its head, and the part of the object that is its body."""

    head: ResponseHead
    part: Slice


_NOTHING = Slice(0, 0)
_ALLOWED = Headers([("allow", "GET, HEAD")])
# RFC 9111 section 4.4, RFC 9875 section 3.
_INVALIDATING = ("location", "content-location", "cache-group-invalidation")


class Table:
    """The objects by target."""

    def __init__(self, objects: Iterable[SimObject]) -> None:
        self._objects: dict[str, SimObject] = {}
        self._texts: dict[tuple[str, str | None], str] = {}
        for item in objects:
            self.put(item)

    def put(self, item: SimObject) -> None:
        """Publish an object, or another version of it."""
        self._objects[item.target] = item
        if item.text:
            self._texts[item.target, item.etag] = item.text

    def text_of(self, target: str, etag: str | None) -> str:
        """The content of a version that is or was here; empty for one that no one reads."""
        return self._texts.get((target, etag), "")

    def answer(self, request: Request, now_ms: int) -> Answer:
        """The response to a request (RFC 9110). A query that names nothing of its own is overlooked."""
        path = request.target.partition("?")[0]
        item = self._objects.get(request.target) or self._objects.get(path)
        if item is None:
            return _bare(404, Headers(), now_ms)
        if item.status == 200:
            if request.method not in ("GET", "HEAD"):
                return _written(request, item, now_ms)
            modified_ms = parse_http_date(item.headers.get("last-modified") or "")
            precondition = evaluate(request.headers, item.etag, modified_ms)
            if precondition is not Precondition.PROCEED:
                status = 304 if precondition is Precondition.NOT_MODIFIED else 412
                return _bare(status, item.headers, now_ms)
            part = select(request.headers, item.size_bytes, item.etag, modified_ms)
            if isinstance(part, Unsatisfiable):
                return _bare(416, Headers([("content-range", part.content_range())]), now_ms)
            if part is not None:
                content_range = ("content-range", part.content_range(item.size_bytes))
                return _full(request, 206, item.headers.replacing([content_range]), part, now_ms)
        whole = Slice(0, item.size_bytes)
        if not item.sized and request.method == "GET":
            return Answer(_head(item.status, item.headers, now_ms), whole)
        return _full(request, item.status, item.headers, whole, now_ms)


def _written(request: Request, item: SimObject, now_ms: int) -> Answer:
    """To an unsafe method: which others are no longer what they were, or what the object itself is now."""
    if not item.writable:
        return _bare(405, _ALLOWED, now_ms)
    if item.headers.get("content-location") == item.target:
        return _full(request, 200, item.headers, Slice(0, item.size_bytes), now_ms)
    told = (pair for pair in item.headers if pair[0] in _INVALIDATING)
    return _bare(204, _ALLOWED.replacing(told), now_ms)


def failing_answer(now_ms: int) -> Answer:
    """What a failing origin says to everything."""
    return _bare(503, Headers(), now_ms)


def _full(request: Request, status: int, headers: Headers, part: Slice, now_ms: int) -> Answer:
    head = _head(status, headers.replacing([("content-length", str(part.length))]), now_ms)
    return Answer(head, _NOTHING if request.method == "HEAD" else part)


def _bare(status: int, headers: Headers, now_ms: int) -> Answer:
    """An answer without a body."""
    length = () if status in (204, 304) else (("content-length", "0"),)
    return Answer(_head(status, headers.replacing(length), now_ms), _NOTHING)


def _head(status: int, headers: Headers, now_ms: int) -> ResponseHead:
    return ResponseHead(status, headers.replacing([("date", format_http_date(now_ms))]))


class SimOrigin:
    """The origin as a node of the network."""

    def __init__(self, scheduler: Scheduler, table: Table, bandwidth_bps: int) -> None:
        self.table = table
        self.uplink = Link(bandwidth_bps)
        self.requests = 0
        """Requests that reached it, whatever their answer."""
        self.sessions = Sessions(scheduler)
        self._scheduler = scheduler
        self._condition = Condition.UP

    @property
    def condition(self) -> Condition:
        return self._condition

    @condition.setter
    def condition(self, condition: Condition) -> None:
        self._condition = condition
        if condition is Condition.DOWN:
            self.sessions.kill()

    def accept(self, call: Call) -> None:
        """A request has arrived."""
        if self._condition is Condition.DOWN:
            call.fail(Failure.UNREACHABLE)
            return
        self.requests += 1
        if self._condition is not Condition.SILENT:
            self.sessions.start(self._serve(call), call)

    async def _serve(self, call: Call) -> None:
        answer = self._answer(call.request)
        call.body.damaged = self._condition is Condition.DAMAGING
        call.answer(answer.head)
        try:
            if self._condition is Condition.BREAKING and answer.part.length:
                await call.send(answer.part.length // 2)
                call.fail(Failure.ABORTED)
                return
            body = whole_body(answer.part.offset + answer.part.length)
            await call.send_part(body, answer.part)
            call.end()
        except CallerLeftError:
            return

    def _answer(self, request: Request) -> Answer:
        now_ms = self._scheduler.now_ms
        failing = self._condition is Condition.FAILING
        return failing_answer(now_ms) if failing else self.table.answer(request, now_ms)
