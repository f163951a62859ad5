"""One request and its response, between the node that asks and the node that answers.

Whatever one side says reaches the other a latency later, in order: the request, the head, the body chunk by
chunk as the path's links let it through, the end, and also the news that the other side has gone. The
asking side awaits ``outcome`` and reads ``body``; the answering side calls ``answer``, ``send`` and
``end``, or ``fail``.
"""

from __future__ import annotations

from functools import partial
from typing import Protocol

from caching import Failure, Request, ResponseHead, Slice
from simulator.body import Body, BodyBrokenError
from simulator.link import Path
from simulator.scheduler import Callback, Scheduler
from simulator.task import Signal


class CallerLeftError(Exception):
    """The node that asked has gone: there is no one to answer."""


class Server(Protocol):
    """A node that answers calls."""

    def accept(self, call: Call) -> None:
        """A request has arrived."""


class Call:
    """A request that ``server`` will be handed when it has come down the path."""

    __slots__ = (
        "_answered",
        "_left",
        "_over",
        "_path",
        "_scheduler",
        "body",
        "failure",
        "head",
        "request",
        "sent_bytes",
    )

    def __init__(self, scheduler: Scheduler, path: Path, request: Request, server: Server) -> None:
        self.request = request
        self.head: ResponseHead | None = None
        self.failure: Failure | None = None
        self.body = Body()
        """As much of the body as has arrived at the node that asked."""
        self.sent_bytes = 0
        """How much of it has left the node that answers."""
        self._scheduler = scheduler
        self._path = path
        self._answered = Signal()
        self._left = False
        self._over = False
        self._travel(partial(server.accept, self))

    async def outcome(self, limit_us: int) -> ResponseHead | Failure:
        """The response's head, or why there is none; after ``limit_us`` without an answer, a timeout."""
        try:
            await self._answered.wait_for(self._scheduler, limit_us)
        finally:
            if not self._answered.is_set:  # too late, or the node that asked has died
                self.leave()
        return self.head or self.failure or Failure.TIMEOUT

    def leave(self) -> None:
        """The node that asked wants no more of it."""
        if not self._over:
            self._travel(self._on_left)

    def answer(self, head: ResponseHead) -> None:
        """Send the response's head."""
        self._travel(partial(self._on_answered, head))

    async def send(self, size_bytes: int) -> None:
        """Send so much of the body, at the path's pace. Raises CallerLeftError."""
        while size_bytes:
            if self._left:
                raise CallerLeftError
            chunk_bytes = self._path.next_chunk(size_bytes)
            await self._path.carry(self._scheduler, chunk_bytes)
            self.sent_bytes += chunk_bytes
            self._travel(partial(self.body.append, chunk_bytes))
            size_bytes -= chunk_bytes

    async def send_part(self, body: Body, part: Slice) -> None:
        """Send a part of a body as it comes. A body that breaks off breaks this one off too.

        A part whose length is negative runs to the end, wherever that will be. Raises CallerLeftError.
        """
        position, end = part.offset, None if part.length < 0 else part.offset + part.length
        try:
            while end is None or position < end:
                there_bytes = await body.beyond(position)
                if not there_bytes:
                    break
                size_bytes = there_bytes if end is None else min(there_bytes, end - position)
                await self.send(size_bytes)
                position += size_bytes
        except BodyBrokenError:
            self.fail(Failure.ABORTED)
        if end is not None and position < end:
            self.fail(Failure.ABORTED)

    @property
    def is_over(self) -> bool:
        """Whether it has ended or broken off, or there is no one to answer any more."""
        return self._over or self._left

    def end(self) -> None:
        """The body is whole."""
        self._conclude(self.body.finish)

    def fail(self, failure: Failure) -> None:
        """Break off: instead of a head, or in the middle of the body. After the end it changes nothing."""
        self._conclude(partial(self._on_failed, failure))

    def _conclude(self, news: Callback) -> None:
        if not self._over:
            self._over = True
            self._travel(news)

    def _travel(self, news: Callback) -> None:
        self._scheduler.after(self._path.latency_us, news)

    def _on_answered(self, head: ResponseHead) -> None:
        self.head = head
        self._answered.set()

    def _on_failed(self, failure: Failure) -> None:
        if self.head is None:
            self.failure = failure
        self._answered.set()
        self.body.break_off()

    def _on_left(self) -> None:
        self._left = True

    def __repr__(self) -> str:
        status = None if self.head is None else self.head.status
        return f"Call({self.request.method} {self.request.target}, {status}, {self.body!r})"
