"""ARC: two LRU lists, of keys asked for once and more often; ghosts of both shift the border between them.

Megiddo, Modha, "ARC: a self-tuning, low overhead replacement cache", FAST 2003. The paper has pages of one
size. For objects of any size its lists are counted in bytes, as in libCacheSim: the border moves by the ratio
of the ghosts, not rounded, and by at least one byte; each victim may cost one ghost its place, by case IV of
the paper.
"""

from __future__ import annotations

from caching.policies.base import Base
from caching.policies.protocol import K
from caching.policies.queue import SizedQueue


class Arc(Base[K]):
    """Adaptive replacement cache. O(1) for every call, amortised."""

    __slots__ = ("_frequent", "_gone_frequent", "_gone_recent", "_recent", "_target")

    def __init__(self, capacity_bytes: int) -> None:
        super().__init__(capacity_bytes)
        # T1, T2, B1 and B2 of the paper; the target is its p, the bytes that T1 should have.
        self._recent: SizedQueue[K] = SizedQueue()
        self._frequent: SizedQueue[K] = SizedQueue()
        self._gone_recent: SizedQueue[K] = SizedQueue()
        self._gone_frequent: SizedQueue[K] = SizedQueue()
        self._target = 0.0

    def hit(self, key: K) -> None:
        if key in self._frequent:
            self._frequent.move_to_end(key)
        else:
            self._frequent.push(key, self._recent.drop(key))

    def admit(self, key: K, size_bytes: int) -> list[K]:
        if key in self._sizes or size_bytes > self.capacity_bytes:
            return super().admit(key, size_bytes)
        ghosts = self._recall(key)
        victims = []
        while self.used_bytes + size_bytes > self.capacity_bytes:
            victims.append(self._evict_for(size_bytes, ghosts))
        self._charge(key, size_bytes)
        queue = self._recent if ghosts is None else self._frequent
        queue.push(key, size_bytes)
        return victims

    def _recall(self, key: K) -> SizedQueue[K] | None:
        """Learn from a key that was forgotten too soon, and take it from its ghosts: cases II and III."""
        recent, frequent = self._gone_recent, self._gone_frequent
        if key in recent:
            step = max(frequent.used_bytes / max(recent.used_bytes, 1), 1.0)
            self._target = min(self._target + step, float(self.capacity_bytes))
            recent.drop(key)
            return recent
        if key in frequent:
            step = max(recent.used_bytes / max(frequent.used_bytes, 1), 1.0)
            self._target = max(self._target - step, 0.0)
            frequent.drop(key)
            return frequent
        return None

    def _evict_for(self, size_bytes: int, ghosts: SizedQueue[K] | None) -> K:
        """Evict one key to make room for a new one that comes from these ghosts."""
        if ghosts is None and not self._make_room_for_ghost(size_bytes):
            victim = next(iter(self._recent))
            self.remove(victim)
            return victim
        victim = self._replaced(None, ghosts is self._gone_frequent)
        self._evict(victim)
        return victim

    def _make_room_for_ghost(self, size_bytes: int) -> bool:
        """Case IV. Whether there is room: there is none when T1 alone is all that L1 may have."""
        once = self._recent.used_bytes + self._gone_recent.used_bytes
        more = self._frequent.used_bytes + self._gone_frequent.used_bytes
        if once + size_bytes > self.capacity_bytes:
            return self._gone_recent.drop_oldest()
        if once + more >= 2 * self.capacity_bytes:
            self._gone_frequent.drop_oldest()
        return True

    def _replaced(self, spare: K | None, from_frequent: bool) -> K:
        """REPLACE of the paper."""
        over = self._recent.used_bytes - self._target
        queues = (self._recent, self._frequent)
        if over < 0 or (over == 0 and not from_frequent):
            queues = (self._frequent, self._recent)
        oldest = (queue.oldest(spare) for queue in queues)
        return next(key for key in oldest if key is not None)

    def _next(self, spare: K | None) -> K:
        return self._replaced(spare, False)

    def _evict(self, key: K) -> None:
        ghosts = self._gone_recent if key in self._recent else self._gone_frequent
        ghosts.push(key, self._sizes[key])
        self.remove(key)

    def _insert(self, key: K) -> None:
        self._recent.push(key, self._sizes[key])

    def _charge(self, key: K, size_bytes: int) -> None:
        super()._charge(key, size_bytes)
        for queue in (self._recent, self._frequent):
            if key in queue:
                queue.resized(key, size_bytes)

    def _forget(self, key: K) -> None:
        if not self._recent.discard(key):
            self._frequent.drop(key)

    def _make_room(self, size_bytes: int, spare: K | None) -> list[K]:
        """For a key that grows, or a smaller capacity: there is no newcomer to take the place of ghosts."""
        victims = super()._make_room(size_bytes, spare)
        while self._recent.used_bytes + self._gone_recent.used_bytes > self.capacity_bytes:
            if not self._gone_recent.drop_oldest():
                break
        while self._gone_frequent.used_bytes > self.capacity_bytes:
            self._gone_frequent.drop_oldest()
        return victims
