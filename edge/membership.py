"""Who else is in the tier, who owns a key, and which peer is to be passed over for a while.

The ring is made anew whenever the bus tells of other members. Health is passive: a peer that failed is
not asked again until some time has gone by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hashing import MAX_WEIGHT, Ring, node_to_ask


class Membership:
    """The tier as one node sees it."""

    def __init__(self, name: str, weight: int, peers: Mapping[str, str], retry_ms: int) -> None:
        self.name = name
        self._weight = weight
        self._retry_ms = retry_ms
        self._static = dict(peers)
        self._urls: dict[str, str] = {}
        self._passed_over_until_ms: dict[str, int] = {}
        self._ring = Ring({})
        self.update(())

    @property
    def names(self) -> tuple[str, ...]:
        return self._ring.nodes

    def update(self, members: Iterable[tuple[str, str, int]]) -> None:
        """Take (name, URL, weight) of all members as the bus tells them; this node is always one.

        An excessive weight is cut, by everybody alike, so that one node's slip leaves the tier a ring.
        """
        known = {name: (url, 1) for name, url in self._static.items()}
        known |= {name: (url, weight) for name, url, weight in members}
        known.pop(self.name, None)
        self._urls = {name: url for name, (url, _) in known.items()}
        weights = {name: min(weight, MAX_WEIGHT) for name, (_, weight) in known.items()}
        weights[self.name] = self._weight
        if weights != self._ring.weights:
            self._ring = Ring(weights)

    def peer_for(self, key: str, now_ms: int) -> tuple[str, str] | None:
        """Name and URL of the peer to ask for a key; None when this node is the one to ask the origin.

        That is the owner, or the next of the ring's walk while the owner ails: everybody then agrees on
        the same stand-in, so that the origin is still asked once.
        """
        peer = node_to_ask(
            self._ring, key, self.name, lambda name: self._passed_over_until_ms.get(name, 0) > now_ms
        )
        return None if peer is None else (peer, self._urls[peer])

    def pass_over(self, name: str, now_ms: int) -> None:
        """A peer failed: ask the origin in its place for a while."""
        self._passed_over_until_ms[name] = now_ms + self._retry_ms

    def __repr__(self) -> str:
        return f"Membership({self.name!r} of {len(self._ring.nodes)})"
