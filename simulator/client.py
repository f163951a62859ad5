"""A client: asks one edge, or one after the other, and measures what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from caching import Failure, Headers, Request
from simulator.body import BodyBrokenError
from simulator.call import Call
from simulator.scheduler import US_PER_MS, Scheduler
from simulator.upstream import Route

_NO_HEADERS = Headers()


class Got(NamedTuple):
    """What a client got. Times are in microseconds since the beginning."""

    edge: str
    status: int
    """0 when no head came."""
    headers: Headers
    size_bytes: int
    failure: Failure | None
    """Why the response did not come whole, or None."""
    asked_us: int
    first_byte_us: int
    """When the first byte of the body was there; without a body, the head."""
    ended_us: int


class SimClient:
    """One client, with a connection of its own to every edge."""

    def __init__(
        self, scheduler: Scheduler, authority: str, routes: Mapping[str, Route], timeout_ms: int
    ) -> None:
        self._scheduler = scheduler
        self._authority = authority
        self._routes = routes
        self._timeout_us = timeout_ms * US_PER_MS

    async def get(
        self,
        edge: str,
        target: str,
        headers: Headers = _NO_HEADERS,
        *,
        method: str = "GET",
        leave_after_bytes: int | None = None,
    ) -> Got:
        """Ask one edge, and read the body: to its end, or until so much of it has come."""
        asked_us = self._scheduler.now_us
        request = Request(method, "http", self._authority, target, headers)
        route = self._routes[edge]
        call = Call(self._scheduler, route.path, request, route.server)
        head = await call.outcome(self._timeout_us)
        if isinstance(head, Failure):
            now_us = self._scheduler.now_us
            return Got(edge, 0, _NO_HEADERS, 0, head, asked_us, now_us, now_us)
        failure, first_byte_us = None, 0
        try:
            first_byte_us = await self._read(call, leave_after_bytes)
        except BodyBrokenError:
            failure = Failure.ABORTED
        now_us = self._scheduler.now_us
        size_bytes = call.body.arrived_bytes
        return Got(
            edge, head.status, head.headers, size_bytes, failure, asked_us, first_byte_us or now_us, now_us
        )

    async def get_from_any(self, edges: Sequence[str], target: str, headers: Headers = _NO_HEADERS) -> Got:
        """Ask one edge after the other until one answers in full; what the last one gave if none does."""
        got = await self.get(edges[0], target, headers)
        for edge in edges[1:]:
            if got.failure is None:
                break
            got = await self.get(edge, target, headers)
        return got

    async def _read(self, call: Call, leave_after_bytes: int | None) -> int:
        """Read the body; when its first byte came, 0 if it has none. Raises BodyBrokenError."""
        position = first_byte_us = 0
        while size_bytes := await call.body.beyond(position):
            first_byte_us = first_byte_us or self._scheduler.now_us
            position += size_bytes
            if leave_after_bytes is not None and position >= leave_after_bytes:
                call.leave()
                break
        return first_byte_us
