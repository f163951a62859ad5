"""FIFO: the oldest admitted goes first, however often it was asked for."""

from __future__ import annotations

from collections import OrderedDict


class Fifo:
    """First in, first out. O(1) for every call; a hit costs a look-up and nothing else."""

    __slots__ = ("_sizes", "capacity_bytes", "used_bytes")

    def __init__(self, capacity_bytes: int) -> None:
        if capacity_bytes <= 0:
            raise ValueError(f"capacity_bytes: must be greater than 0, not {capacity_bytes}")
        self.capacity_bytes = capacity_bytes
        self.used_bytes = 0
        self._sizes: OrderedDict[str, int] = OrderedDict()

    def hit(self, key: str) -> None:
        self._sizes[key]

    def admit(self, key: str, size_bytes: int) -> list[str]:
        if size_bytes > self.capacity_bytes:
            if key in self._sizes:
                self.remove(key)
            return [key]
        self.used_bytes += size_bytes - self._sizes.get(key, 0)
        self._sizes[key] = size_bytes
        return self._shrink(key)

    def _shrink(self, newest: str) -> list[str]:
        victims: list[str] = []
        while self.used_bytes > self.capacity_bytes:
            # A key that grew in place may be the oldest: the next one goes, for this one is wanted now.
            victim = next(key for key in self._sizes if key != newest)
            self.remove(victim)
            victims.append(victim)
        return victims

    def remove(self, key: str) -> None:
        self.used_bytes -= self._sizes.pop(key)

    def __contains__(self, key: object) -> bool:
        return key in self._sizes

    def __len__(self) -> int:
        return len(self._sizes)

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}({len(self)} keys, {self.used_bytes} of {self.capacity_bytes} bytes)"
