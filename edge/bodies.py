"""Bodies in memory: one writer, any number of readers, who may follow the writer from its first byte.

A body is opened, grows, and is committed or aborted. A reader that reaches the end of what is there waits
for more; when the writer aborts, every reader is told by an exception, so that a short body never looks
whole. Bodies are named by the serial of their entry. One that was dropped lives on for as long as someone
is reading it. One that has grown too long to be kept is passed on: what all its readers have had goes.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from typing import Self
from weakref import WeakValueDictionary

from caching import Slice
from edge.pages import Pages, pages_of

_ONE_PIECE = [0]
"""Where the pieces of a complete body start, the same list for all of them."""


class BodyBrokenError(Exception):
    """The rest of a body will not come."""


class _Following:
    """Who reads a body while it grows. One that is complete has none: a node may hold a million of them."""

    __slots__ = ("growth", "progress", "readers")

    def __init__(self) -> None:
        self.readers: set[Reader] = set()
        self.progress = asyncio.Event()
        self.growth: asyncio.Future[None] | None = None


class Body:
    """The bytes of one response, as far as they have arrived."""

    __slots__ = (
        "__weakref__",
        "_chunks",
        "_following",
        "_starts",
        "broken",
        "complete",
        "held_bytes",
        "pages",
        "size_bytes",
    )

    def __init__(self) -> None:
        self.size_bytes = 0
        self.held_bytes = 0
        """How much of it is in memory: all, unless it is being passed on."""
        self.complete = False
        self.broken = False
        self.pages: Pages | None = None
        """Where all of it lies, once it was worth the while."""
        self._chunks: list[bytes | memoryview] = []
        self._starts: list[int] = []
        self._following: _Following | None = _Following()

    @classmethod
    def whole(cls, piece: bytes | memoryview) -> Self:
        """A body that is all there."""
        body = cls()
        body.size_bytes = body.held_bytes = len(piece)
        body._chunks, body._starts = ([piece], _ONE_PIECE) if piece else ([], [])
        body.complete, body._following = True, None
        return body

    def append(self, chunk: bytes) -> None:
        """Add the next bytes, and wake the readers who wait for them."""
        if chunk:
            self._starts.append(self.size_bytes)
            self._chunks.append(chunk)
            self.size_bytes += len(chunk)
            self.held_bytes += len(chunk)
            self._wake()

    async def pass_on(self, limit_bytes: int) -> bool:
        """Let go of what every reader has had, and wait until no more than ``limit_bytes`` is held.

        So the slowest reader sets the writer's pace. False when there is no reader any more.
        """
        following = self._following
        assert following is not None, "a body that is complete has no writer"
        self._let_go(following.readers)
        while self.held_bytes > limit_bytes and following.readers:
            following.progress.clear()
            await following.progress.wait()
            self._let_go(following.readers)
        return bool(following.readers)

    def _let_go(self, readers: set[Reader]) -> None:
        lowest = min((reader.position for reader in readers), default=self.size_bytes)
        count = bisect_right(self._starts, lowest) - 1 if lowest < self.size_bytes else len(self._starts)
        self.held_bytes -= sum(map(len, self._chunks[:count]))
        del self._chunks[:count], self._starts[:count]

    def commit(self) -> None:
        """The body is whole: kept in one piece from now on, so that a hit is one write."""
        if self._is_all_there():
            self._chunks = [b"".join(self._chunks)] if self._chunks else []
            self._starts = _ONE_PIECE if self._chunks else []
        self.complete = True
        self._wake()
        self._following = None

    def _is_all_there(self) -> bool:
        return self.held_bytes == self.size_bytes

    def abort(self) -> None:
        """The body will never be whole, if it is not yet."""
        self.broken = not self.complete
        self._wake()

    def into_pages(self) -> None:
        """Lay a complete body where it can be sent from without being copied, if that pays."""
        if self.pages is None and self._chunks and self.complete and self._is_all_there():
            self.pages = pages_of(self._chunks[0])
            if self.pages is not None:
                self._chunks = [self.pages.view]

    def piece(self, part: Slice) -> memoryview | bytes | None:
        """The whole of a part in one piece, if the body is complete; else None."""
        if not self.complete or not self._is_all_there():
            return None
        if not self._chunks:
            return b""
        if part.length < 0 or part.length == self.size_bytes:
            return self._chunks[0]
        return memoryview(self._chunks[0])[part.offset : part.offset + part.length]

    def read(self, part: Slice) -> Reader:
        """A reader of a part, from this moment on; to be closed when it does not read to the end."""
        reader = Reader(self, part)
        if self._following is not None:
            self._following.readers.add(reader)
        return reader

    def leave(self, reader: Reader) -> None:
        """A reader wants no more of it."""
        if self._following is not None:
            self._following.readers.discard(reader)
            self._following.progress.set()

    async def take(self, position: int, end: int | None) -> memoryview | None:
        """The next bytes from ``position`` on in one piece; None at the end.

        Raises BodyBrokenError if they will not come, or have been let go.
        """
        while position >= self.size_bytes:
            if self.broken or (self.complete and end is not None):
                raise BodyBrokenError
            if self.complete:
                return None
            await self._grown()
        if not self._starts or position < self._starts[0]:
            raise BodyBrokenError
        if self._following is not None:
            self._following.progress.set()
        return self._at(position, end)

    def _at(self, position: int, end: int | None) -> memoryview:
        """What can be had from ``position`` on in one piece."""
        index = bisect_right(self._starts, position) - 1
        start = position - self._starts[index]
        stop = None if end is None else start + end - position
        return memoryview(self._chunks[index])[start:stop]

    async def _grown(self) -> None:
        following = self._following
        assert following is not None, "a body that is complete does not grow"
        if following.growth is None:
            following.growth = asyncio.get_running_loop().create_future()
        await asyncio.shield(following.growth)

    def _wake(self) -> None:
        if (following := self._following) is not None and following.growth is not None:
            following.growth.set_result(None)
            following.growth = None


class Reader:
    """Someone who follows a body: an iterator of its bytes as they come, from ``position`` on."""

    __slots__ = ("_body", "_end", "position")

    def __init__(self, body: Body, part: Slice) -> None:
        self.position = part.offset
        """Where what it has not had yet begins."""
        self._body = body
        self._end = None if part.length < 0 else part.offset + part.length

    def __aiter__(self) -> Reader:
        return self

    async def __anext__(self) -> memoryview:
        """The next bytes. Raises BodyBrokenError if they will not all come."""
        piece = None
        if self._end is None or self.position < self._end:
            piece = await self._body.take(self.position, self._end)
        if piece is None:
            await self.aclose()
            raise StopAsyncIteration
        self.position += len(piece)
        return piece

    async def aclose(self) -> None:
        self._body.leave(self)


class BodyStore:
    """Bodies by serial. Not a cache: the index says what is kept."""

    def __init__(self) -> None:
        self._kept: dict[int, Body] = {}
        self._dropped: WeakValueDictionary[int, Body] = WeakValueDictionary()
        """Those that live on because someone reads them."""

    def open(self, serial: int) -> Body:
        """The body of that name: a new one, unless someone has begun it."""
        body = self.get(serial)
        if body is None:
            body = self._kept[serial] = Body()
        return body

    def get(self, serial: int) -> Body | None:
        """The body of that name, also when it was dropped but is still being read."""
        return self._kept.get(serial) or self._dropped.get(serial)

    async def fetch(self, serial: int) -> Body | None:
        """The same, when it may take a while."""
        return self.get(serial)

    def drop(self, serial: int) -> None:
        """Keep it no longer."""
        body = self._kept.pop(serial, None)
        if body is not None:
            self._dropped[serial] = body

    def __len__(self) -> int:
        return len(self._kept)
