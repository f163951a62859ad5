"""CLOCK: FIFO with a second chance; what was asked for since it came or was last spared is spared once.

Corbató, "A paging experiment with the Multics system", MIT Project MAC, 1968. One bit a key, as there.
"""

from __future__ import annotations

from caching.policies.fifo import Fifo
from caching.policies.protocol import K


class Clock(Fifo[K]):
    """FIFO with reinsertion. A hit sets a mark and moves nothing; every call is O(1), amortised."""

    __slots__ = ("_visited",)

    def __init__(self, capacity_bytes: int) -> None:
        super().__init__(capacity_bytes)
        # A mark is a list of one, for then a hit costs one look-up and fails for a key that isn't held.
        self._visited: dict[K, list[bool]] = {}

    def hit(self, key: K) -> None:
        self._visited[key][0] = True

    def _next(self, spare: K | None) -> K:
        while True:
            oldest = next(iter(self._queue))
            visited = self._visited[oldest]
            if not visited[0] and oldest != spare:
                return oldest
            visited[0] = False
            self._queue.move_to_end(oldest)

    def _insert(self, key: K) -> None:
        self._visited[key] = [False]

    def _forget(self, key: K) -> None:
        del self._visited[key]
