"""Keys of which something is remembered for a while."""

from __future__ import annotations

from collections import OrderedDict


class Remembered:
    """At most ``limit`` keys, each for ``for_ms`` since it was last remembered; the oldest make room."""

    __slots__ = ("_for_ms", "_limit", "_until_ms")

    def __init__(self, for_ms: int, limit: int = 10_000) -> None:
        self._for_ms = for_ms
        self._limit = limit
        self._until_ms: OrderedDict[str, int] = OrderedDict()

    def remember(self, key: str, now_ms: int) -> None:
        self._until_ms[key] = now_ms + self._for_ms
        self._until_ms.move_to_end(key)
        if len(self._until_ms) > self._limit:
            self._until_ms.popitem(last=False)

    def knows(self, key: str, now_ms: int) -> bool:
        return now_ms < self._until_ms.get(key, now_ms)

    def forget(self, key: str) -> None:
        """No harm for a key that is not known."""
        self._until_ms.pop(key, None)

    def __len__(self) -> int:
        return len(self._until_ms)
