"""What every policy does alike: admission, growth, a change of capacity, the count of bytes.

A policy says who goes next (``_next``), how a key enters (``_insert``), how one leaves (``_forget``) and
what a hit does. Where the admission of a paper has another shape, the policy overrides ``admit``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic

from caching.policies.protocol import K


def positive(name: str, value: int) -> int:
    """The value. Raises ValueError naming it unless it is greater than 0."""
    if value <= 0:
        raise ValueError(f"{name}: must be greater than 0, not {value}")
    return value


class Base(ABC, Generic[K]):
    """Capacity, sizes and the order of steps; subclasses hold the order of keys."""

    __slots__ = ("_sizes", "capacity_bytes", "used_bytes")

    def __init__(self, capacity_bytes: int) -> None:
        self.capacity_bytes = positive("capacity_bytes", capacity_bytes)
        self.used_bytes = 0
        self._sizes: dict[K, int] = {}

    @abstractmethod
    def hit(self, key: K) -> None:
        """A key that is held was asked for. Raises KeyError when it is not held."""

    @abstractmethod
    def _next(self, spare: K | None) -> K:
        """Who goes next, but for ``spare``: a key that is growing is wanted now. Another key is held."""

    @abstractmethod
    def _insert(self, key: K) -> None:
        """Give a new key its place; room has been made and its size is known."""

    @abstractmethod
    def _forget(self, key: K) -> None:
        """Take a key that is held out of the order; the size is still known."""

    def _evict(self, key: K) -> None:
        """Let a victim go. Policies that remember their victims do so here."""
        self.remove(key)

    def admit(self, key: K, size_bytes: int) -> list[K]:
        if size_bytes > self.capacity_bytes:
            if key in self._sizes:
                self.remove(key)
            return [key]
        if key in self._sizes:
            self.hit(key)
            self._charge(key, size_bytes)
            return self._make_room(0, key)
        victims = self._make_room(size_bytes, None)
        self._charge(key, size_bytes)
        self._insert(key)
        return victims

    def _charge(self, key: K, size_bytes: int) -> None:
        self.used_bytes += size_bytes - self._sizes.get(key, 0)
        self._sizes[key] = size_bytes

    def _make_room(self, size_bytes: int, spare: K | None) -> list[K]:
        victims: list[K] = []
        while self.used_bytes + size_bytes > self.capacity_bytes:
            victim = self._next(spare)
            self._evict(victim)
            victims.append(victim)
        return victims

    def size_of(self, key: K) -> int:
        return self._sizes[key]

    def remove(self, key: K) -> None:
        size_bytes = self._sizes[key]
        self._forget(key)
        del self._sizes[key]
        self.used_bytes -= size_bytes

    def resize(self, capacity_bytes: int) -> list[K]:
        self.capacity_bytes = positive("capacity_bytes", capacity_bytes)
        return self._make_room(0, None)

    def victim(self) -> K | None:
        return self._next(None) if self._sizes else None

    def __contains__(self, key: object) -> bool:
        return key in self._sizes

    def __len__(self) -> int:
        return len(self._sizes)

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}({len(self)} keys, {self.used_bytes} of {self.capacity_bytes} bytes)"
