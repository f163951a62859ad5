"""LRU: the least recently used goes first.

Denning, "The working set model for program behavior", Communications of the ACM, 1968.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from caching.policies.fifo import Fifo
from caching.policies.protocol import K


class Lru(Fifo[K]):
    """Least recently used: a FIFO in which a hit moves the key to the young end. O(1) for every call."""

    __slots__ = ("hit",)

    hit: Callable[[K], None]  # type: ignore[assignment]
    """The queue's own method: a hit is what costs, and this makes it three times as cheap."""

    def __init__(self, capacity_bytes: int) -> None:
        super().__init__(capacity_bytes)
        self.hit = self._queue.move_to_end

    def __getstate__(self) -> tuple[int, int, Any]:
        return self.capacity_bytes, self.used_bytes, self._queue

    def __setstate__(self, state: tuple[int, int, Any]) -> None:
        # Copied as an attribute, the method would go on moving the keys of the original.
        self.capacity_bytes, self.used_bytes, self._queue = state
        self._sizes, self.hit = self._queue, self._queue.move_to_end
