"""LFU: the least frequently used goes first, and of equals the one whose last use is longest ago.

Aho, Denning, Ullman, "Principles of optimal page replacement", Journal of the ACM, 1971. What is left open:
a key that was evicted begins anew ("in-cache" LFU), and the tie, which is libCacheSim's.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush, heapreplace
from typing import Final, Generic

from caching.policies.base import Base
from caching.policies.protocol import K

ORPHANS: Final = 64
"""How many entries of removed keys the heap may hold beside as many as there are keys."""


class _Use(Generic[K]):
    """How often a key was used, and when last; never, once it has left."""

    __slots__ = ("count", "key", "last")

    def __init__(self, key: K, now: int) -> None:
        self.key = key
        self.count = 1
        self.last = now


class Lfu(Base[K]):
    """A heap by uses which is put right at evictions only: a hit counts, and moves nothing.

    An entry tells the truth or too little, for uses only grow; so the least entry, once true, is the victim.
    Every call is O(log n), amortised; a hit is O(1).
    """

    __slots__ = ("_heap", "_now", "_uses")

    def __init__(self, capacity_bytes: int) -> None:
        super().__init__(capacity_bytes)
        self._now = 0
        self._uses: dict[K, _Use[K]] = {}
        self._heap: list[tuple[int, int, _Use[K]]] = []

    def hit(self, key: K) -> None:
        use = self._uses[key]
        use.count += 1
        self._now = use.last = self._now + 1

    def _next(self, spare: K | None) -> K:
        heap = self._heap
        while True:
            _, last, use = heap[0]
            if use.count == 0:
                heappop(heap)
            elif use.last != last:
                heapreplace(heap, (use.count, use.last, use))
            elif use.key == spare:
                return self._next_but_first()
            else:
                return use.key

    def _next_but_first(self) -> K:
        first = heappop(self._heap)
        key = self._next(None)
        heappush(self._heap, first)
        return key

    def _insert(self, key: K) -> None:
        self._now += 1
        use = self._uses[key] = _Use(key, self._now)
        heappush(self._heap, (use.count, use.last, use))

    def _forget(self, key: K) -> None:
        use = self._uses.pop(key)
        use.count = 0
        if self._heap[0][2] is use:
            heappop(self._heap)
        elif len(self._heap) > 2 * len(self._uses) + ORPHANS:
            self._heap = [(use.count, use.last, use) for use in self._uses.values()]
            heapify(self._heap)
