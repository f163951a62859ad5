"""Whom an edge asks: the key's owner among its peers, then the origin.

The owner is the first of the ring's walk that does not ail; when that is the edge itself, the origin is
asked. A peer that cannot be reached or is too slow is passed over for a while and the next of the walk
asked, so that all edges agree on the same stand-in. A request that came from a peer goes to the origin and
nowhere else.
"""

from __future__ import annotations

from typing import NamedTuple

from caching import Failure, Request, ResponseHead
from hashing import Ring, node_to_ask
from simulator.call import Call, Server
from simulator.link import Path
from simulator.scheduler import US_PER_MS, Scheduler


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
        self._origin = origin
        self._timeouts = timeouts
        self._passed_over_until_ms: dict[str, int] = {}

    async def ask(self, key: str, request: Request, *, may_ask_peer: bool) -> Asked:
        """Send a request to whom it concerns, and wait for the head."""
        while may_ask_peer and (peer := node_to_ask(self.ring, key, self._name, self._ails)) is not None:
            asked = await self._send(self.peers[peer], request, self._timeouts.peer_head_ms)
            if isinstance(asked.outcome, ResponseHead):
                return asked
            self._passed_over_until_ms[peer] = self._scheduler.now_ms + self._timeouts.peer_retry_ms
        asked = await self._send(self._origin, request, self._timeouts.origin_head_ms)
        if isinstance(asked.outcome, ResponseHead):
            # The origin is never behind the log, so where it stands is no question.
            return asked._replace(outcome=asked.outcome._replace(position=None))
        return asked

    def knows(self, name: str) -> bool:
        """Whether a node is a peer in the ring."""
        return name != self._name and name in self.ring.weights

    def _ails(self, peer: str) -> bool:
        return self._passed_over_until_ms.get(peer, 0) > self._scheduler.now_ms

    async def _send(self, route: Route, request: Request, limit_ms: int) -> Asked:
        call = Call(self._scheduler, route.path, request, route.server)
        return Asked(call, await call.outcome(limit_ms * US_PER_MS))
