"""What the policies that rank keys by a number have in common: a heap that is put right at evictions only.

Ranks of keys that are held only rise. So an entry of the heap tells the truth or too little, and the least
entry, once true, names the victim; of equal ranks the one asked for longer ago. A hit moves nothing.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush, heapreplace
from typing import Final, Generic

from caching.policies.base import Base
from caching.policies.protocol import K

ORPHANS: Final = 64
"""How many entries of keys that have left the heap may hold beside as many as there are keys."""


class Standing(Generic[K]):
    """The rank of a key, how often it was asked for, and when last; ``uses`` is 0 once it has left."""

    __slots__ = ("key", "last", "rank", "uses")

    def __init__(self, key: K, uses: int, rank: float, last: int) -> None:
        self.key = key
        self.uses = uses
        self.rank = rank
        self.last = last


class Ranked(Base[K]):
    """Every call is O(log n), amortised; a hit is O(1)."""

    __slots__ = ("_age", "_heap", "_now", "_standings")

    def __init__(self, capacity_bytes: int) -> None:
        super().__init__(capacity_bytes)
        # What rises with evictions: L of the papers.
        self._age = 0.0
        self._now = 0
        self._standings: dict[K, Standing[K]] = {}
        self._heap: list[tuple[float, int, Standing[K]]] = []

    def _file(self, key: K, uses: int, rank: float) -> None:
        """Rank a key anew."""
        self._now += 1
        standing = self._standings[key] = Standing(key, uses, rank, self._now)
        heappush(self._heap, (rank, self._now, standing))

    def _least(self) -> Standing[K]:
        """The standing of the victim, whose entry is the first of the heap. Something is held."""
        heap = self._heap
        while True:
            _, last, standing = heap[0]
            if not standing.uses:
                heappop(heap)
            elif standing.last != last:
                heapreplace(heap, (standing.rank, standing.last, standing))
            else:
                return standing

    def _next(self, spare: K | None) -> K:
        if self._least().key != spare:
            return self._heap[0][2].key
        first = heappop(self._heap)
        key = self._least().key
        heappush(self._heap, first)
        return key

    def _evict(self, key: K) -> None:
        self._age = self._standings[key].rank
        self.remove(key)

    def _forget(self, key: K) -> None:
        standing = self._standings.pop(key)
        standing.uses = 0
        if len(self._heap) > 2 * len(self._standings) + ORPHANS:
            self._heap = [(each.rank, each.last, each) for each in self._standings.values()]
            heapify(self._heap)
