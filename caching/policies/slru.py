"""SLRU: segments of LRU. A hit takes a key one segment up; what a segment can't hold sinks to the one below.

Karedla, Love, Wherry, "Caching strategies to improve disk system performance", Computer, 1994; with four
segments as in Huang, Birman, van Renesse, Lloyd, Kumar, Li, "An analysis of Facebook photo caching", SOSP
2013. What the papers leave open is as in libCacheSim: segments of equal size; a new key enters the lowest
that has room; an object that is larger than a segment is not admitted; and what a hit pushes out of the
lowest segment goes, though the whole cache has room. There it goes at once; here, where only an admission may
evict, with the next one, and a hit until then saves it.
"""

from __future__ import annotations

from caching.policies.base import Base
from caching.policies.protocol import K
from caching.policies.queue import SizedQueue

MOST_SEGMENTS = 7
LEAVING = -1


class Slru(Base[K]):
    """Segmented LRU. O(1) for a hit in the highest segment, otherwise O(segments), amortised.

    With ``admit_large`` an object larger than a segment gets in as well, and the lowest segment keeps what
    the whole cache has room for. Raises ValueError unless there are 1 to 7 segments.
    """

    __slots__ = ("_leaving", "_levels", "_queues", "_top", "admit_large", "segments")

    def __init__(self, capacity_bytes: int, *, segments: int = 4, admit_large: bool = False) -> None:
        super().__init__(capacity_bytes)
        if not 1 <= segments <= MOST_SEGMENTS:
            raise ValueError(f"segments: must be between 1 and {MOST_SEGMENTS}, not {segments}")
        self.segments, self.admit_large = segments, admit_large
        self._top = segments - 1
        self._levels: dict[K, int] = {}
        # One more than segments: the last of the list, at level -1, holds those that a hit has pushed out.
        self._queues: list[SizedQueue[K]] = [SizedQueue() for _ in range(segments + 1)]
        self._leaving = self._queues[LEAVING]

    @property
    def segment_bytes(self) -> int:
        """What a segment holds; at least one, so that a cache that counts objects has segments too."""
        return max(1, self.capacity_bytes // self.segments)

    def hit(self, key: K) -> None:
        level = self._levels[key]
        if level == self._top:
            self._queues[level].move_to_end(key)
        elif level == LEAVING:
            self._move(key, LEAVING, self._entry(self._sizes[key]))
        else:
            self._move(key, level, level + 1)
            self._settle(level + 1)

    def _move(self, key: K, level: int, to: int) -> None:
        self._queues[to].push(key, self._queues[level].drop(key))
        self._levels[key] = to

    def _entry(self, size_bytes: int) -> int:
        """The lowest segment with room."""
        most = self.segment_bytes
        roomy = (
            level for level in range(self.segments) if self._queues[level].used_bytes + size_bytes <= most
        )
        return next(roomy, 0)

    def _settle(self, highest: int) -> None:
        """Let the oldest sink from each segment that is too full, as far as the lowest and out of it."""
        most = self.segment_bytes
        for level in range(highest, LEAVING, -1):
            queue = self._queues[level]
            if queue.used_bytes <= most or (level == 0 and self.admit_large):
                return
            while queue.used_bytes > most:
                self._move(next(iter(queue)), level, level - 1)

    def admit(self, key: K, size_bytes: int) -> list[K]:
        if key in self._sizes:
            return super().admit(key, size_bytes)
        if size_bytes > self.segment_bytes and not self.admit_large:
            return [key]
        left = list(self._leaving)
        for victim in left:
            self.remove(victim)
        return left + super().admit(key, size_bytes)

    def _insert(self, key: K) -> None:
        size_bytes = self._sizes[key]
        level = self._levels[key] = self._entry(size_bytes)
        self._queues[level].push(key, size_bytes)

    def _charge(self, key: K, size_bytes: int) -> None:
        super()._charge(key, size_bytes)
        if key in self._levels:
            level = self._levels[key]
            self._queues[level].resized(key, size_bytes)
            self._settle(level)

    def _forget(self, key: K) -> None:
        self._queues[self._levels.pop(key)].drop(key)

    def _next(self, spare: K | None) -> K:
        oldest = (self._queues[level].oldest(spare) for level in range(LEAVING, self._top + 1))
        return next(key for key in oldest if key is not None)
