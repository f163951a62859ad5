"""Bodies in memory: one writer, any number of readers, who may follow the writer from its first byte.

A body is opened, grows, and is committed or aborted. A reader that reaches the end of what is there waits
for more; when the writer aborts, every reader is told by an exception, so that a short body never looks
whole. Bodies are named by the serial of their entry. One that was dropped lives on for as long as someone
is reading it.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator
from weakref import WeakValueDictionary

from caching import Slice


class BodyBrokenError(Exception):
    """The rest of a body will not come."""


class Body:
    """The bytes of one response, as far as they have arrived."""

    __slots__ = ("__weakref__", "_chunks", "_growth", "_starts", "broken", "complete", "size_bytes")

    def __init__(self) -> None:
        self.size_bytes = 0
        self.complete = False
        self.broken = False
        self._chunks: list[bytes] = []
        self._starts: list[int] = []
        self._growth: asyncio.Future[None] | None = None

    def append(self, chunk: bytes) -> None:
        """Add the next bytes, and wake the readers who wait for them."""
        if chunk:
            self._starts.append(self.size_bytes)
            self._chunks.append(chunk)
            self.size_bytes += len(chunk)
            self._wake()

    def commit(self) -> None:
        """The body is whole: kept in one piece from now on, so that a hit is one write."""
        self._chunks = [b"".join(self._chunks)] if self._chunks else []
        self._starts = [0] if self._chunks else []
        self.complete = True
        self._wake()

    def abort(self) -> None:
        """The body will never be whole, if it is not yet."""
        self.broken = not self.complete
        self._wake()

    def piece(self, part: Slice) -> memoryview | bytes | None:
        """The whole of a part in one piece, if the body is complete; else None."""
        if not self.complete:
            return None
        if not self._chunks:
            return b""
        if part.length < 0 or part.length == self.size_bytes:
            return self._chunks[0]
        return memoryview(self._chunks[0])[part.offset : part.offset + part.length]

    async def read(self, part: Slice) -> AsyncIterator[memoryview]:
        """The bytes of a part as they come; raises BodyBrokenError if they will not all come."""
        position = part.offset
        end = None if part.length < 0 else part.offset + part.length
        while end is None or position < end:
            if position < self.size_bytes:
                chunk = self._at(position, end)
                position += len(chunk)
                yield chunk
            elif self.broken or (self.complete and end is not None):
                raise BodyBrokenError
            elif self.complete:
                return
            else:
                await self._grown()

    def _at(self, position: int, end: int | None) -> memoryview:
        """What can be had from ``position`` on in one piece."""
        index = bisect_right(self._starts, position) - 1
        start = position - self._starts[index]
        stop = None if end is None else start + end - position
        return memoryview(self._chunks[index])[start:stop]

    async def _grown(self) -> None:
        if self._growth is None:
            self._growth = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._growth)

    def _wake(self) -> None:
        growth, self._growth = self._growth, None
        if growth is not None:
            growth.set_result(None)


class BodyStore:
    """Bodies by serial. Not a cache: the index says what is kept."""

    def __init__(self) -> None:
        self._kept: dict[int, Body] = {}
        self._alive: WeakValueDictionary[int, Body] = WeakValueDictionary()

    def open(self, serial: int) -> Body:
        """The body of that name: a new one, unless someone has begun it."""
        body = self._alive.get(serial)
        if body is None:
            body = Body()
            self._kept[serial] = self._alive[serial] = body
        return body

    def get(self, serial: int) -> Body | None:
        """The body of that name, also when it was dropped but is still being read."""
        return self._alive.get(serial)

    def drop(self, serial: int) -> None:
        """Keep it no longer."""
        self._kept.pop(serial, None)

    def __len__(self) -> int:
        return len(self._kept)
