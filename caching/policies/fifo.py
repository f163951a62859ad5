"""FIFO: the oldest admitted goes first, however often it was asked for.

Belady, "A study of replacement algorithms for a virtual-storage computer", IBM Systems Journal, 1966.
"""

from __future__ import annotations

from collections import OrderedDict

from caching.policies.base import Base
from caching.policies.protocol import K


class Fifo(Base[K]):
    """First in, first out. O(1) for every call; a hit costs a look-up and nothing else."""

    __slots__ = ("_queue",)

    def __init__(self, capacity_bytes: int) -> None:
        super().__init__(capacity_bytes)
        # The sizes in order of admission are the queue: one table for both. A plain dict would do, but
        # finding its first key costs time in the number of keys that have left.
        self._queue: OrderedDict[K, int] = OrderedDict()
        self._sizes = self._queue

    def hit(self, key: K) -> None:
        self._queue[key]

    def _next(self, spare: K | None) -> K:
        keys = iter(self._queue)
        oldest = next(keys)
        return oldest if oldest != spare else next(keys)

    def _insert(self, key: K) -> None:
        """It stands at the young end already."""

    def _forget(self, key: K) -> None:
        """What leaves the sizes leaves the queue."""
