"""2Q: a new key waits in a FIFO, and gets a place in the LRU only when it is asked for again after that.

Johnson, Shasha, "2Q: a low overhead high performance buffer management replacement algorithm", VLDB 1994 (the
full version, with A1in, A1out and Am). As in libCacheSim: a quarter of the capacity for the FIFO (the paper's
Kin), half of it remembered of what left the FIFO (Kout), an LRU that never takes the FIFO's share, and no
admission of an object that is larger than the FIFO.
"""

from __future__ import annotations

from caching.policies.base import Base
from caching.policies.protocol import K
from caching.policies.queue import SizedQueue


class TwoQ(Base[K]):
    """Two queues, and a memory of the first. O(1) for every call, amortised.

    ``in_ratio`` and ``out_ratio`` are parts of the capacity; with ``admit_large`` an object larger than the
    FIFO gets in as well. Raises ValueError for a ratio that isn't between 0 and 1.
    """

    __slots__ = ("_in", "_main", "_out", "admit_large", "in_ratio", "out_ratio")

    def __init__(
        self,
        capacity_bytes: int,
        *,
        in_ratio: float = 0.25,
        out_ratio: float = 0.5,
        admit_large: bool = False,
    ) -> None:
        super().__init__(capacity_bytes)
        for name, ratio in (("in_ratio", in_ratio), ("out_ratio", out_ratio)):
            if not 0 <= ratio <= 1:
                raise ValueError(f"{name}: must be between 0 and 1, not {ratio}")
        self.in_ratio, self.out_ratio, self.admit_large = in_ratio, out_ratio, admit_large
        self._in: SizedQueue[K] = SizedQueue()
        self._main: SizedQueue[K] = SizedQueue()
        self._out: SizedQueue[K] = SizedQueue()

    @property
    def in_bytes(self) -> int:
        """The share of the FIFO; at least one, so that a cache that counts objects has one too."""
        return max(1, int(self.capacity_bytes * self.in_ratio))

    @property
    def out_bytes(self) -> int:
        """How much is remembered of what left the FIFO, counted in the bytes that it had."""
        return int(self.capacity_bytes * self.out_ratio)

    def hit(self, key: K) -> None:
        if key not in self._in:
            self._main.move_to_end(key)

    def admit(self, key: K, size_bytes: int) -> list[K]:
        if key in self._sizes:
            return super().admit(key, size_bytes)
        # Before anything is evicted: a victim's place among the remembered may cost this key its own.
        returning = self._out.discard(key)
        if size_bytes > self.in_bytes and not self.admit_large:
            return [key]
        victims = super().admit(key, size_bytes)
        if returning and key in self._sizes:
            victims += self._promote(key)
        return victims

    def _promote(self, key: K) -> list[K]:
        """Take a key that has just come back from the FIFO to the LRU, within the LRU's share."""
        size_bytes = self._in.drop(key)
        victims = []
        while self._main and self._main.used_bytes + size_bytes > self.capacity_bytes - self.in_bytes:
            victim = next(iter(self._main))
            self.remove(victim)
            victims.append(victim)
        self._main.push(key, size_bytes)
        return victims

    def _insert(self, key: K) -> None:
        self._in.push(key, self._sizes[key])

    def _charge(self, key: K, size_bytes: int) -> None:
        super()._charge(key, size_bytes)
        for queue in (self._in, self._main):
            if key in queue:
                queue.resized(key, size_bytes)

    def _forget(self, key: K) -> None:
        if not self._in.discard(key):
            self._main.drop(key)

    def _next(self, spare: K | None) -> K:
        queues = (self._in, self._main) if self._in.used_bytes > self.in_bytes else (self._main, self._in)
        oldest = (queue.oldest(spare) for queue in queues)
        return next(key for key in oldest if key is not None)

    def _evict(self, key: K) -> None:
        size_bytes, waited = self._sizes[key], key in self._in
        self.remove(key)
        if waited and size_bytes <= self.out_bytes:
            self._out.push(key, size_bytes)
            self._trim()

    def _trim(self) -> None:
        while self._out.used_bytes > self.out_bytes:
            self._out.drop(next(iter(self._out)))

    def resize(self, capacity_bytes: int) -> list[K]:
        victims = super().resize(capacity_bytes)
        self._trim()
        return victims
