"""The connections to one upstream: a few that serve again and again, and never more than may be.

The one that was used last is used next, so that those that are not needed any more close by themselves.
"""

from __future__ import annotations

import asyncio
from collections import deque

from edge.arrival import Arrival, BrokenOffError
from edge.call import Call
from edge.dial import Endpoint, dial
from edge.outlet import Outlet
from edge.settings import HeadLimits, UpstreamSettings


class Pool:
    """All connections to one upstream."""

    def __init__(self, endpoint: Endpoint, limits: HeadLimits, settings: UpstreamSettings) -> None:
        self._endpoint = endpoint
        self._limits, self._settings = limits, settings
        self._free: list[Outlet] = []
        self._open: set[Outlet] = set()
        self._dialling = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def __len__(self) -> int:
        """Connections, those that are being made included."""
        return len(self._open) + self._dialling

    async def ask(self, call: Call) -> Arrival:
        """Send a request; the response to it, whose head has come.

        A request that found its connection closed by upstream, as happens to those that were idle, is sent
        once more on a new one if it may be (RFC 9112 section 9.3.1). Raises OSError, TimeoutError,
        BrokenOffError, FlawedAnswerError.
        """
        due_s = asyncio.get_running_loop().time() + call.limit_s
        outlet = self._take()
        if outlet is not None:
            arrival = outlet.send(call, due_s)
            try:
                return await self._headed(arrival, outlet)
            except BrokenOffError:
                if arrival.begun or not call.may_repeat:
                    raise
        outlet = await self._place(due_s, fresh=outlet is not None)
        return await self._headed(outlet.send(call, due_s), outlet)

    async def _headed(self, arrival: Arrival, outlet: Outlet) -> Arrival:
        try:
            await arrival.head()
        except BaseException:  # whoever has asked may also be gone
            outlet.close()
            self._open.discard(outlet)
            raise
        return arrival

    def _take(self) -> Outlet | None:
        """The free connection that was used last."""
        while self._free:
            outlet = self._free.pop()
            if outlet.is_open:
                return outlet
        return None

    async def _place(self, due_s: float, *, fresh: bool) -> Outlet:
        """A new connection, or the first one that becomes free where there may be no more."""
        async with asyncio.timeout_at(due_s):
            while len(self) >= self._settings.connections:
                await self._turn()
                if not fresh and (outlet := self._take()) is not None:
                    return outlet
            return await self._dial()

    async def _dial(self) -> Outlet:
        self._dialling += 1
        try:
            async with asyncio.timeout(self._settings.connect_timeout_ms / 1000):
                outlet = await dial(self._endpoint, self._make)
        except BaseException:
            self._dialling -= 1
            self._next()
            raise
        self._dialling -= 1
        self._open.add(outlet)
        return outlet

    def _make(self) -> Outlet:
        return Outlet(self._limits, self._settings, self._on_free, self._on_lost)

    async def _turn(self) -> None:
        """Wait until a connection is free, or there is one less."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._next()  # who was told in vain tells the next
            raise

    def _next(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def _on_free(self, outlet: Outlet) -> None:
        self._free.append(outlet)
        self._next()

    def _on_lost(self, outlet: Outlet) -> None:
        self._open.discard(outlet)
        if outlet in self._free:
            self._free.remove(outlet)
        self._next()

    def close(self) -> None:
        """End all connections, and what is under way on them."""
        for outlet in tuple(self._open):
            outlet.close()
