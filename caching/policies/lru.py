"""LRU: the least recently used goes first.

Denning, "The working set model for program behavior", Communications of the ACM, 1968.
"""

from __future__ import annotations

from caching.policies.fifo import Fifo
from caching.policies.protocol import K


class Lru(Fifo[K]):
    """Least recently used: a FIFO in which a hit moves the key to the young end. O(1) for every call."""

    __slots__ = ()

    def hit(self, key: K) -> None:
        self._queue.move_to_end(key)
