"""GDSF: uses per byte count, and an age that rises with each victim lets those go that are asked for no more.

Cherkasova, "Improving WWW proxies performance with greedy-dual-size-frequency caching policy", HP
Laboratories, 1998. All objects cost the same to fetch (GDSF(1) of the paper). As in libCacheSim: of equals
the one asked for longer ago goes; a newcomer takes part in the contest for its own place, and may lose it
after others have left.
"""

from __future__ import annotations

from math import inf
from typing import Final

from caching.policies.protocol import K
from caching.policies.ranked import Ranked

COST: Final = 1.0e6
"""What a use is worth; only the rounding depends on it."""


class Gdsf(Ranked[K]):
    """Greedy-Dual-Size-Frequency: priority = age + uses x cost / size."""

    __slots__ = ()

    def hit(self, key: K) -> None:
        standing = self._standings[key]
        uses = standing.uses = standing.uses + 1
        size_bytes = self._sizes[key]
        standing.rank = self._age + uses * COST / size_bytes if size_bytes else inf
        self._now = standing.last = self._now + 1

    def admit(self, key: K, size_bytes: int) -> list[K]:
        if key in self._sizes or size_bytes > self.capacity_bytes:
            return super().admit(key, size_bytes)
        self._charge(key, size_bytes)
        self._insert(key)
        return self._make_room(0, None)

    def _insert(self, key: K) -> None:
        self._rank(key, 1)

    def _rank(self, key: K, uses: int) -> None:
        size_bytes = self._sizes[key]
        self._file(key, uses, self._age + uses * COST / size_bytes if size_bytes else inf)

    def _charge(self, key: K, size_bytes: int) -> None:
        super()._charge(key, size_bytes)
        standing = self._standings.get(key)
        if standing is not None:
            # It is worth less now if it has grown: its entry must not tell too much.
            uses, standing.uses = standing.uses, 0
            self._rank(key, uses)
