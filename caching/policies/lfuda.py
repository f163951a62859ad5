"""LFU-DA: LFU with an age which rises with each victim, so that what was popular once doesn't stay for ever.

Arlitt, Cherkasova, Dilley, Friedrich, Jin, "Evaluating content management techniques for Web proxy caches",
Performance Evaluation Review, 2000. The paper's priority is the uses plus the age at the last of them.
libCacheSim adds the age at each use instead, and its age is always the least priority there is. That favours
recent uses, and misses less on most traces, by some percentage points; it's the default here, and
``published`` is the paper's. Of equals the one asked for longer ago goes.
"""

from __future__ import annotations

from heapq import heapify
from typing import Final

from caching.policies.protocol import K
from caching.policies.ranked import Ranked

OLD: Final = 2.0**512
"""The age at which all ranks are scaled down: adding age to age doubles it every so often."""
YOUNGER: Final = 2.0**-448
"""By how much. The rank that one use is worth was rounded away long before, and still is thereafter."""


class LfuDa(Ranked[K]):
    """Least frequently used with dynamic aging."""

    __slots__ = ("published",)

    def __init__(self, capacity_bytes: int, *, published: bool = False) -> None:
        super().__init__(capacity_bytes)
        self.published = published

    def hit(self, key: K) -> None:
        standing = self._standings[key]
        standing.uses += 1
        self._now = standing.last = self._now + 1
        if self.published:
            standing.rank = self._age + standing.uses
            return
        former = standing.rank
        standing.rank = former + self._age
        if former == self._age:
            self._catch_up()

    def _insert(self, key: K) -> None:
        self._file(key, 1, self._age + 1)

    def _forget(self, key: K) -> None:
        rank = self._standings[key].rank
        super()._forget(key)
        if rank == self._age and not self.published and self._standings:
            self._catch_up()

    def _catch_up(self) -> None:
        """Raise the age to the least rank, when it may be that none has the former."""
        self._age = max(self._age, self._least().rank)
        if self._age > OLD:
            self._age *= YOUNGER
            for standing in self._standings.values():
                standing.rank *= YOUNGER
            self._heap = [(rank * YOUNGER, last, standing) for rank, last, standing in self._heap]
            heapify(self._heap)
