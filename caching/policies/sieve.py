"""SIEVE: a hand moves from old to young, spares what was asked for, and takes the first that wasn't.

Zhang, Yang, Yue, Vigfusson, Rashmi, "SIEVE is simpler than LRU: an efficient turn-key eviction algorithm for
web caches", NSDI 2024. Unlike CLOCK's, what it spares stays where it is, so newcomers do not mix with it.
"""

from __future__ import annotations

from typing import Any, Generic

from caching.policies.base import Base
from caching.policies.protocol import K


class _Node(Generic[K]):
    """A key in the queue."""

    __slots__ = ("key", "newer", "older", "visited")

    newer: _Node[K]
    older: _Node[K]

    def __init__(self, key: K) -> None:
        self.key = key
        self.visited = False


class Sieve(Base[K]):
    """A queue with a hand. A hit sets a mark and moves nothing; every call is O(1), amortised."""

    __slots__ = ("_hand", "_nodes", "_root")

    def __init__(self, capacity_bytes: int) -> None:
        super().__init__(capacity_bytes)
        self._nodes: dict[K, _Node[K]] = {}
        # The queue is a circle through the root: next to it the newest on one side, the oldest on the other.
        # A hand at the root has come to the young end and begins with whoever is the oldest by then.
        root: _Node[Any] = _Node(None)
        root.newer = root.older = root
        self._root: _Node[K] = root
        self._hand: _Node[K] = root

    def hit(self, key: K) -> None:
        self._nodes[key].visited = True

    def _next(self, spare: K | None) -> K:
        node = self._hand
        while node is self._root or node.visited or node.key == spare:
            node.visited = False
            node = node.newer
        self._hand = node
        return node.key

    def _insert(self, key: K) -> None:
        node = self._nodes[key] = _Node(key)
        node.newer, node.older = self._root, self._root.older
        node.newer.older = node.older.newer = node

    def _forget(self, key: K) -> None:
        node = self._nodes.pop(key)
        if node is self._hand:
            self._hand = node.newer
        node.older.newer, node.newer.older = node.newer, node.older

    def __getstate__(self) -> tuple[int, list[tuple[K, int, bool]], K]:
        """The queue flat, the oldest first: pickled as a chain it would go as deep as it is long."""
        queue = []
        node = self._root.newer
        while node is not self._root:
            queue.append((node.key, self._sizes[node.key], node.visited))
            node = node.newer
        return self.capacity_bytes, queue, self._hand.key

    def __setstate__(self, state: tuple[int, list[tuple[K, int, bool]], K]) -> None:
        capacity_bytes, queue, hand = state
        Sieve.__init__(self, capacity_bytes)
        for key, size_bytes, visited in queue:
            self._charge(key, size_bytes)
            self._insert(key)
            self._nodes[key].visited = visited
        self._hand = self._nodes.get(hand, self._root)
