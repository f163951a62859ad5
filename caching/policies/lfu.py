"""LFU: the least frequently used goes first, and of equals the one whose last use is longest ago.

Aho, Denning, Ullman, "Principles of optimal page replacement", Journal of the ACM, 1971. What is left open:
a key that was evicted begins anew ("in-cache" LFU), and the tie, which is libCacheSim's.
"""

from __future__ import annotations

from caching.policies.protocol import K
from caching.policies.ranked import Ranked


class Lfu(Ranked[K]):
    """Least frequently used: the rank is the number of uses."""

    __slots__ = ()

    def hit(self, key: K) -> None:
        standing = self._standings[key]
        standing.rank = standing.uses = standing.uses + 1
        self._now = standing.last = self._now + 1

    def _insert(self, key: K) -> None:
        self._file(key, 1, 1)
