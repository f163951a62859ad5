"""A body as a count of bytes that grows while it arrives; readers follow it from its first byte."""

from __future__ import annotations

from simulator.task import Signal


class BodyBrokenError(Exception):
    """The rest of a body will not come."""


class Body:
    """How much of one response has arrived here."""

    __slots__ = ("__weakref__", "_ended", "_growth", "arrived_bytes", "broken", "complete", "damaged")

    def __init__(self) -> None:
        self.arrived_bytes = 0
        self.complete = False
        self.broken = False
        self.damaged = False
        """Its bytes are not those of which the origin has sent the digest."""
        self._growth = Signal()
        self._ended = Signal()

    def append(self, size_bytes: int) -> None:
        self.arrived_bytes += size_bytes
        self._wake()

    def finish(self) -> None:
        """It is whole."""
        self.complete = True
        self._ended.set()
        self._wake()

    def break_off(self) -> None:
        """It will never be whole."""
        self.broken = True
        self._ended.set()
        self._wake()

    async def beyond(self, offset: int) -> int:
        """How many bytes there are from ``offset`` on, once there are some; 0 at the end of a whole body.

        Raises BodyBrokenError when no more will come.
        """
        while self.arrived_bytes <= offset and not self.complete:
            if self.broken:
                raise BodyBrokenError
            await self._growth.wait()
        return max(0, self.arrived_bytes - offset)

    async def whole(self) -> int:
        """Its size, once it is whole; who awaited its head goes on before. Raises BodyBrokenError."""
        await self._ended.wait()
        if self.broken:
            raise BodyBrokenError
        return self.arrived_bytes

    def _wake(self) -> None:
        growth, self._growth = self._growth, Signal()
        growth.set()

    def __repr__(self) -> str:
        state = "whole" if self.complete else "broken" if self.broken else "growing"
        return f"Body({self.arrived_bytes} bytes, {state})"


def whole_body(size_bytes: int) -> Body:
    """A body that is there already."""
    body = Body()
    body.append(size_bytes)
    body.finish()
    return body
