"""W-TinyLFU: what leaves a small LRU window stays only if it is asked for more than the main cache's victim.

Einziger, Friedman, Manes, "TinyLFU: a highly efficient cache admission policy", ACM Transactions on Storage,
2017; the main cache is a segmented LRU, a fifth on probation and four fifths protected. What the paper leaves
open is as in libCacheSim, and with it the misses, but for collisions in the sketch: the window is 1 % of the
capacity, and takes what room there is until the cache is full; an object larger than the window is not
admitted; hits in the main cache, admissions and comparisons are counted; what a hit pushes out of the
probation segment leaves though the cache has room (there at once; here, where a hit evicts nothing, with the
next admission, and a hit until then saves it). Unlike there, a counter is a byte, there are 32 for each key
held or a million, and they age with the number of keys held, not of bytes.

``as_published`` counts every request once, and leaves to probation what room there is, as the paper and
Caffeine do: under a Zipf law that is up to a point and a half of miss ratio better.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from caching.policies.base import Base, positive
from caching.policies.protocol import K
from caching.policies.queue import SizedQueue
from caching.policies.sketch import FrequencySketch, key_digest

CELLS_PER_BYTE: Final = 14.4
"""Of the main cache, at most; libCacheSim's choice, and enough where the capacity counts objects."""
HASHES: Final = 10
"""Counters for a key in libCacheSim."""
CELLS_PER_KEY: Final = 32
"""Beyond the fewest cells, counters for each key held, at most."""
FEWEST_CELLS: Final = 1 << 20
"""Where doubling begins, about, unless a small capacity asks for less."""


class WTinyLfu(Base[K]):
    """A window before a main cache of two segments. Every call is O(1), amortised.

    ``window_ratio`` is a part of the capacity; counters are halved after ``sample`` counted hits for each key
    held; ``admit_large`` lets objects in that are larger than the window; ``digest`` gives 64 bits of a key.
    Raises ValueError for a ratio not between 0 and 1, and for a sample that isn't positive.
    """

    __slots__ = (
        "_counted",
        "_digest",
        "_digests",
        "_leaving",
        "_probation",
        "_protected",
        "_sketch",
        "_window",
        "admit_large",
        "as_published",
        "sample",
        "window_ratio",
    )

    def __init__(
        self,
        capacity_bytes: int,
        *,
        window_ratio: float = 0.01,
        sample: int = 32,
        as_published: bool = False,
        admit_large: bool = False,
        digest: Callable[[Any], int] = key_digest,
    ) -> None:
        super().__init__(capacity_bytes)
        if not 0 <= window_ratio <= 1:
            raise ValueError(f"window_ratio: must be between 0 and 1, not {window_ratio}")
        self.window_ratio, self.sample = window_ratio, positive("sample", sample)
        self.as_published, self.admit_large = as_published, admit_large
        self._window: SizedQueue[K] = SizedQueue()
        self._probation: SizedQueue[K] = SizedQueue()
        self._protected: SizedQueue[K] = SizedQueue()
        self._leaving: SizedQueue[K] = SizedQueue()
        self._digest, self._digests = digest, dict[K, int]()
        self._sketch = FrequencySketch(self.first_cells, self.hashes)
        self._counted = 0

    @property
    def window_bytes(self) -> int:
        """The share of the window; at least one, so that a cache that counts objects has one too."""
        return max(1, int(self.capacity_bytes * self.window_ratio))

    @property
    def main_bytes(self) -> int:
        """The share of the main cache."""
        return self.capacity_bytes - self.window_bytes

    @property
    def probation_bytes(self) -> int:
        """The share of the probation segment."""
        return max(1, int(0.2 * self.main_bytes))

    @property
    def protected_bytes(self) -> int:
        """The share of the protected segment."""
        return int(0.8 * self.main_bytes)

    @property
    def largest_bytes(self) -> int:
        """Objects larger than this are not admitted."""
        return self.capacity_bytes if self.admit_large else min(self.window_bytes, self.probation_bytes)

    @property
    def hashes(self) -> int:
        """Counters for a key: as many as in libCacheSim where its filter is no larger, otherwise four."""
        return 4 if self.as_published or self.most_cells > FEWEST_CELLS else HASHES

    @property
    def most_cells(self) -> int:
        """The sketch doubles up to this."""
        per_byte = CELLS_PER_KEY if self.as_published else CELLS_PER_BYTE
        return max(64, int(per_byte * self.main_bytes))

    @property
    def first_cells(self) -> int:
        """Where doubling begins, so that it ends at ``most_cells``."""
        doublings = max(0, (self.most_cells // FEWEST_CELLS).bit_length() - 1)
        return -(-self.most_cells >> doublings)

    def hit(self, key: K) -> None:
        digest = self._digests[key]
        if key in self._window:
            self._window.move_to_end(key)
            if not self.as_published:
                return
        elif key in self._protected:
            self._protected.move_to_end(key)
        elif key in self._probation:
            self._promote(key)
        else:
            self._enter_main(key, self._leaving.drop(key))
        self._count_hit(digest)

    def _count_hit(self, digest: int) -> None:
        self._sketch.count(digest)
        self._counted += 1
        if self._counted >= self.sample * len(self._sizes):
            self._sketch.halve()
            self._counted = 0

    def _promote(self, key: K) -> None:
        self._protected.push(key, self._probation.drop(key))
        if self._protected.used_bytes <= self.protected_bytes:
            return
        self._sink(self._protected, self.protected_bytes, self._probation)
        if not self.as_published:
            self._sink(self._probation, self.probation_bytes, self._leaving)

    def _sink(self, upper: SizedQueue[K], share_bytes: int, lower: SizedQueue[K]) -> None:
        while upper.used_bytes > share_bytes:
            key = next(iter(upper))
            lower.push(key, upper.drop(key))

    def admit(self, key: K, size_bytes: int) -> list[K]:
        if key in self._sizes:
            return super().admit(key, size_bytes)
        if size_bytes > self.largest_bytes:
            return [key]
        left = list(self._leaving)
        for victim in left:
            self.remove(victim)
        return left + super().admit(key, size_bytes)

    def _insert(self, key: K) -> None:
        digest = self._digests[key] = self._digest(key)
        self._window.push(key, self._sizes[key])
        if self._sketch.cells < min(self.most_cells, CELLS_PER_KEY * len(self._sizes)):
            self._sketch.double()
        if self.as_published:
            self._count_hit(digest)
        else:
            self._sketch.count(digest)

    def _make_room(self, size_bytes: int, spare: K | None) -> list[K]:
        victims: list[K] = []
        while self.used_bytes + size_bytes > self.capacity_bytes:
            contested = not self._leaving
            victim = self._next(spare)
            candidate = self._window.oldest(spare)
            if candidate == victim:
                self._count_comparison(victim)
            self.remove(victim)
            victims.append(victim)
            if contested and candidate is not None and candidate != victim:
                victims += self._win(candidate, spare)
        return victims

    def _next(self, spare: K | None) -> K:
        """Who is leaving anyway; else fill the main cache from the window, and then who loses to whom."""
        if self._leaving:
            return next(iter(self._leaving))
        candidate = self._window.oldest(spare)
        while candidate is not None and self._fits(candidate):
            self._enter(candidate)
            candidate = self._window.oldest(spare)
        rival = self._oldest_of_main(spare)
        if candidate is not None and (rival is None or not self._beats(candidate, rival)):
            return candidate
        assert rival is not None  # for another key than the spare one is held
        return rival

    def _fits(self, candidate: K) -> bool:
        main_bytes = self._probation.used_bytes + self._protected.used_bytes
        return main_bytes + self._sizes[candidate] <= self.main_bytes

    def _oldest_of_main(self, spare: K | None) -> K | None:
        oldest = self._probation.oldest(spare)
        return self._protected.oldest(spare) if oldest is None else oldest

    def _beats(self, candidate: K, rival: K) -> bool:
        if self._sizes[candidate] > self.main_bytes:
            return False
        estimate, digests = self._sketch.estimate, self._digests
        return estimate(digests[candidate]) > estimate(digests[rival])

    def _win(self, candidate: K, spare: K | None) -> list[K]:
        """Let the candidate into the main cache, where its first rival has gone already."""
        victims: list[K] = []
        if self._segment(self._sizes[candidate]) is None:
            while not self._fits(candidate) and (rival := self._oldest_of_main(spare)) is not None:
                self.remove(rival)
                victims.append(rival)
        self._enter(candidate)
        return victims

    def _enter(self, candidate: K) -> None:
        self._enter_main(candidate, self._window.drop(candidate))
        self._count_comparison(candidate)

    def _enter_main(self, key: K, size_bytes: int) -> None:
        segment = self._segment(size_bytes)
        (self._probation if segment is None else segment).push(key, size_bytes)

    def _segment(self, size_bytes: int) -> SizedQueue[K] | None:
        """The lower segment that has room within its share."""
        if self._probation.used_bytes + size_bytes <= self.probation_bytes:
            return self._probation
        if self._protected.used_bytes + size_bytes <= self.protected_bytes:
            return self._protected
        return None

    def _count_comparison(self, candidate: K) -> None:
        if not self.as_published:
            self._sketch.count(self._digests[candidate])

    def _charge(self, key: K, size_bytes: int) -> None:
        super()._charge(key, size_bytes)
        if key in self._digests:
            self._queue_of(key).resized(key, size_bytes)

    def _forget(self, key: K) -> None:
        self._queue_of(key).drop(key)
        del self._digests[key]

    def _queue_of(self, key: K) -> SizedQueue[K]:
        queues = (self._window, self._protected, self._probation, self._leaving)
        return next(queue for queue in queues if key in queue)
