"""Which edge a player asks: the same one until it fails, then the next of the viewer's own order.

An object gets a bounded number of attempts, in rounds over all edges; between rounds the player backs off,
longer each time and jittered, so that a tier which comes back isn't met by all viewers at once.
"""

from collections.abc import Sequence
from random import Random


class Failover:
    """The edges of one viewer (base URLs), in an order drawn from ``rng``.

    Raises ``ValueError`` without edges.
    """

    __slots__ = ("_attempts", "_edges", "_max_rounds", "_retry_ms", "_rng", "retry_at_ms")

    def __init__(self, edges: Sequence[str], rng: Random, max_rounds: int, retry_ms: int) -> None:
        if not edges:
            raise ValueError("a player needs the base URL of at least one edge")
        self._edges = rng.sample([edge.rstrip("/") for edge in edges], len(edges))
        self._rng = rng
        self._max_rounds = max_rounds
        self._retry_ms = retry_ms
        self._attempts = 0
        self.retry_at_ms = 0
        """No request before this moment."""

    def url(self, path: str) -> str:
        """Where to ask for ``path`` now. A full URL (a playlist may name another host) stays as it is."""
        return self._edges[0] + path if path.startswith("/") else path

    def succeeded(self) -> None:
        """The object came; the next one starts a new count."""
        self._attempts = 0

    def failed(self, now_ms: int) -> bool:
        """Go on to the next edge. False when every edge has been asked in every round."""
        self._edges.append(self._edges.pop(0))
        self._attempts += 1
        rounds, rest = divmod(self._attempts, len(self._edges))
        if rest == 0:
            self.retry_at_ms = now_ms + int(self._retry_ms * 2 ** (rounds - 1) * self._rng.uniform(0.5, 1))
        return rounds < self._max_rounds
