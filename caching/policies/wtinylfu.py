"""W-TinyLFU: what leaves a small LRU window stays only if it is asked for more than the main cache's victim.

Einziger, Friedman, Manes, "TinyLFU: a highly efficient cache admission policy", ACM Transactions on Storage,
2017; the main cache is a segmented LRU, a fifth on probation and four fifths protected. The choices are
those of libCacheSim, so that results may be compared: the window is 1 % of the capacity, and takes what room
there is until the cache is full; an object larger than the window is not admitted; what a hit pushes out of
the probation segment goes (with the next admission: here a hit evicts nothing); hits in the main cache,
admissions and comparisons are counted. Unlike there, a counter is a byte, a key has 32 at most, and they age
with the number of keys held, not of bytes.

``as_published`` counts every request once, and leaves to probation what room there is, as the paper and
Caffeine do: under a Zipf law that is one or two points of miss ratio better.
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
CELLS_PER_KEY: Final = 32
"""Counters for each key held, at most."""
FEWEST_CELLS: Final = 64


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
        "_probation",
        "_protected",
        "_sketch",
        "_spilling",
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
        self._digest, self._digests = digest, dict[K, int]()
        self._sketch = FrequencySketch(self.first_cells)
        self._counted, self._spilling = 0, False

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
    def most_cells(self) -> int:
        """The sketch doubles up to this."""
        per_byte = CELLS_PER_KEY if self.as_published else CELLS_PER_BYTE
        return max(FEWEST_CELLS, int(per_byte * self.main_bytes))

    @property
    def first_cells(self) -> int:
        """Where doubling begins, so that it ends at ``most_cells``."""
        return -(-self.most_cells >> max(0, self.most_cells // FEWEST_CELLS).bit_length() - 1)

    def hit(self, key: K) -> None:
        digest = self._digests[key]
        if key in self._window:
            self._window.move_to_end(key)
            if not self.as_published:
                return
        elif key in self._protected:
            self._protected.move_to_end(key)
        else:
            self._promote(key)
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
        while self._protected.used_bytes > self.protected_bytes:
            demoted = next(iter(self._protected))
            self._probation.push(demoted, self._protected.drop(demoted))
        self._spilling = not self.as_published and self._probation.used_bytes > self.probation_bytes

    def admit(self, key: K, size_bytes: int) -> list[K]:
        if key in self._sizes:
            return super().admit(key, size_bytes)
        if size_bytes > self.largest_bytes:
            return [key]
        return self._spill() + super().admit(key, size_bytes)

    def _spill(self) -> list[K]:
        """Let those go that a hit has pushed out of the probation segment."""
        victims: list[K] = []
        while self._spilling and self._probation.used_bytes > self.probation_bytes:
            victims.append(next(iter(self._probation)))
            self.remove(victims[-1])
        self._spilling = False
        return victims

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
            victim = self._next(spare)
            candidate = self._window.oldest(spare)
            if candidate == victim:
                self._count_comparison(victim)
            self.remove(victim)
            victims.append(victim)
            if candidate is not None and candidate != victim:
                victims += self._win(candidate, spare)
        return victims

    def _next(self, spare: K | None) -> K:
        """Fill the main cache from the window; once it is full, the loser of the comparison."""
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
        while not self._fits(candidate) and (rival := self._oldest_of_main(spare)) is not None:
            self.remove(rival)
            victims.append(rival)
        self._enter(candidate)
        return victims

    def _enter(self, candidate: K) -> None:
        """Go from the window to the lower segment of the main cache that has room."""
        size_bytes = self._window.drop(candidate)
        low_is_full = self._probation.used_bytes + size_bytes > self.probation_bytes
        high_has_room = self._protected.used_bytes + size_bytes <= self.protected_bytes
        (self._protected if low_is_full and high_has_room else self._probation).push(candidate, size_bytes)
        self._count_comparison(candidate)

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
        return next(queue for queue in (self._window, self._probation, self._protected) if key in queue)
