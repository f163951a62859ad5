"""LRU: the least recently used goes first (Denning, "The Working Set Model for Program Behavior", 1968)."""

from __future__ import annotations

from caching.policies.fifo import Fifo


class Lru(Fifo):
    """Least recently used: a FIFO in which a hit moves the key to the young end. O(1) for every call."""

    __slots__ = ()

    def hit(self, key: str) -> None:
        self._sizes.move_to_end(key)

    def admit(self, key: str, size_bytes: int) -> list[str]:
        if key in self._sizes:
            self.hit(key)
        return super().admit(key, size_bytes)
