"""S3-FIFO: a small FIFO sifts out what is asked for once, a main FIFO gives second chances.

Yang, Zhang, Qiu, Yue, Vigfusson, "FIFO queues are all you need for cache eviction", SOSP 2023. What the
paper leaves open is as in libCacheSim, the authors' simulator: two hits in the small queue earn the main
one; the ghost remembers 0.9 of the capacity; until the first eviction the small queue keeps to its share; an
object larger than the small queue is not admitted (with heavy-tailed sizes that saves several points of
miss ratio).
"""

from __future__ import annotations

from collections import OrderedDict

from caching.policies.base import Base
from caching.policies.protocol import K

MAX_HITS = 3


class S3Fifo(Base[K]):
    """Three FIFO queues, one of ghosts. A hit counts to three and moves nothing; all is O(1), amortised.

    ``small_ratio`` and ``ghost_ratio`` are parts of the capacity; ``promote_hits`` hits in the small queue
    take a key to the main one; with ``admit_large`` an object larger than the small queue gets in as well.
    Raises ValueError for a ratio not between 0 and 1, and for ``promote_hits`` not between 1 and 3.
    """

    __slots__ = (
        "_full",
        "_ghost",
        "_ghost_bytes",
        "_hits",
        "_main",
        "_returning",
        "_sifting",
        "_small",
        "_small_bytes",
        "admit_large",
        "ghost_ratio",
        "promote_hits",
        "small_ratio",
    )

    def __init__(
        self,
        capacity_bytes: int,
        *,
        small_ratio: float = 0.1,
        ghost_ratio: float = 0.9,
        promote_hits: int = 2,
        admit_large: bool = False,
    ) -> None:
        super().__init__(capacity_bytes)
        for name, ratio in (("small_ratio", small_ratio), ("ghost_ratio", ghost_ratio)):
            if not 0 <= ratio <= 1:
                raise ValueError(f"{name}: must be between 0 and 1, not {ratio}")
        if not 1 <= promote_hits <= MAX_HITS:
            raise ValueError(f"promote_hits: must be between 1 and {MAX_HITS}, not {promote_hits}")
        self.small_ratio, self.ghost_ratio = small_ratio, ghost_ratio
        self.promote_hits, self.admit_large = promote_hits, admit_large
        self._hits: dict[K, int] = {}
        self._small: OrderedDict[K, None] = OrderedDict()
        self._main: OrderedDict[K, None] = OrderedDict()
        self._ghost: OrderedDict[K, int] = OrderedDict()
        self._small_bytes = self._ghost_bytes = 0
        self._full = self._returning = self._sifting = False

    @property
    def small_bytes(self) -> int:
        """The share of the small queue; at least one, so that a cache that counts objects has one too."""
        return max(1, int(self.capacity_bytes * self.small_ratio))

    def hit(self, key: K) -> None:
        hits = self._hits[key]
        if hits < MAX_HITS:
            self._hits[key] = hits + 1

    def admit(self, key: K, size_bytes: int) -> list[K]:
        # Before anything is evicted: a victim's place among the ghosts may cost this key its own.
        self._returning = self._forget_ghost(key)
        large = size_bytes > self.small_bytes and not self.admit_large
        if large and key not in self._sizes:
            return [key]
        return super().admit(key, size_bytes)

    def _insert(self, key: K) -> None:
        self._hits[key] = 0
        if self._returning or (not self._full and self._small_bytes >= self.small_bytes):
            self._main[key] = None
        else:
            self._small[key] = None
            self._small_bytes += self._sizes[key]

    def _charge(self, key: K, size_bytes: int) -> None:
        if key in self._small:
            self._small_bytes += size_bytes - self._sizes[key]
        super()._charge(key, size_bytes)

    def _forget(self, key: K) -> None:
        del self._hits[key]
        if key in self._main:
            del self._main[key]
        else:
            del self._small[key]
            self._small_bytes -= self._sizes[key]

    def _evict(self, key: K) -> None:
        self._full, self._sifting = True, False
        if key in self._small:
            self._remember(key, self._sizes[key])
        self.remove(key)

    def _remember(self, key: K, size_bytes: int) -> None:
        most = int(self.capacity_bytes * self.ghost_ratio)
        if size_bytes <= most:
            self._ghost[key] = size_bytes
            self._ghost_bytes += size_bytes
        while self._ghost_bytes > most:
            self._forget_ghost(next(iter(self._ghost)))

    def _forget_ghost(self, key: K) -> bool:
        size_bytes = self._ghost.pop(key, None)
        self._ghost_bytes -= size_bytes or 0
        return size_bytes is not None

    def _next(self, spare: K | None) -> K:
        """Promote, and give second chances, until the oldest of a queue is one that goes."""
        while self._sifting or not self._main_is_due(spare):
            # Once begun, the search in the small queue ends there, though its promoted overfill the main one.
            self._sifting = bool(self._small)
            for key in self._small:
                if key != spare and self._hits[key] < self.promote_hits:
                    return key
                self._promote(key)
                break
        return self._next_of_main(spare)

    def _main_is_due(self, spare: K | None) -> bool:
        if len(self._main) == 1 and spare in self._main:
            return False
        main_bytes = self.used_bytes - self._small_bytes
        return not self._small or main_bytes > self.capacity_bytes - self.small_bytes

    def _promote(self, key: K) -> None:
        del self._small[key]
        self._small_bytes -= self._sizes[key]
        self._main[key] = None
        self._hits[key] = 0

    def _next_of_main(self, spare: K | None) -> K:
        while True:
            key = next(iter(self._main))
            if key != spare and not self._hits[key]:
                return key
            self._main.move_to_end(key)
            self._hits[key] = max(0, self._hits[key] - 1)
