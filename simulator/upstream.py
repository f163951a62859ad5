"""Whom an edge asks: the key's owner among its peers, then the origin.

The owner is the first of the ring's walk that does not ail; when that is the edge itself, the origin is
asked. A peer that cannot be reached or is too slow is passed over for a while and the next of the walk
asked, so that all edges agree on the same stand-in. A request that came from a peer goes to the origin and
nowhere else.
"""

from __future__ import annotations

from typing import NamedTuple

from caching import Failure, Request, ResponseHead
from caching.badge import Badge
from caching.fields import parse_delta_s
from caching.messages import POSITION
from hashing import Ring, node_to_ask
from simulator.call import Call, Server
from simulator.link import Path
from simulator.scheduler import US_PER_MS, Scheduler

# Of the whole tier.
_SECRET = "simulated"


class Route(NamedTuple):
    """A node that can be asked, and the path of what it answers."""

    server: Server
    path: Path


class Timeouts(NamedTuple):
    """How long an edge waits, in milliseconds."""

    origin_head_ms: int
    peer_head_ms: int
    peer_retry_ms: int
    """How long a peer that failed is passed over."""


class Asked(NamedTuple):
    """A call, and what it came to: the head of the response, or the failure."""

    call: Call
    outcome: ResponseHead | Failure


class Upstream:
    """The asking side of one edge. ``ring`` is the tier as this edge sees it."""

    def __init__(self, scheduler: Scheduler, name: str, origin: Route, timeouts: Timeouts) -> None:
        self.ring = Ring({name: 1})
        self.peers: dict[str, Route] = {}
        """Routes to the other edges, whether they are in the ring or not."""
        self._scheduler = scheduler
        self._name = name
        self.badge = Badge(name, _SECRET)
        self._origin = origin
        self._timeouts = timeouts
        self._passed_over_until_ms: dict[str, int] = {}

    async def ask(self, key: str, request: Request, *, origin_only: bool) -> Asked:
        """Send a request to whom it concerns, and wait for the head."""
        while not origin_only and (peer := node_to_ask(self.ring, key, self._name, self._ails)) is not None:
            asked = await self._send(self.peers[peer], self._badged(request), self._timeouts.peer_head_ms)
            if isinstance(asked.outcome, ResponseHead):
                # A peer that does not say where it stands counts as behind every purge.
                position = parse_delta_s(asked.outcome.headers.get(POSITION)) or 0
                return asked._replace(outcome=asked.outcome._replace(position=position))
            self._passed_over_until_ms[peer] = self._scheduler.now_ms + self._timeouts.peer_retry_ms
        return await self._send(self._origin, request, self._timeouts.origin_head_ms)

    def _badged(self, request: Request) -> Request:
        shown = [] if self.badge.field is None else [self.badge.field]
        return request._replace(headers=request.headers.replacing(shown))

    def _ails(self, peer: str) -> bool:
        return self._passed_over_until_ms.get(peer, 0) > self._scheduler.now_ms

    async def _send(self, route: Route, request: Request, limit_ms: int) -> Asked:
        call = Call(self._scheduler, route.path, request, route.server)
        return Asked(call, await call.outcome(limit_ms * US_PER_MS))
