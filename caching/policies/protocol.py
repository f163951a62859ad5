"""What an eviction policy is: it knows keys and sizes, never bodies, and answers with keys.

The caller owns the objects and removes what a policy names. A policy never holds more than its capacity
after a call has returned. Time is not an argument: policies order events, they do not date them. The same
calls in the same order give the same answers, in every process.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol, TypeVar

K = TypeVar("K", bound=Hashable)


class Policy(Protocol[K]):
    """An eviction policy over keys with sizes in bytes."""

    @property
    def capacity_bytes(self) -> int: ...

    @property
    def used_bytes(self) -> int: ...

    def hit(self, key: K) -> None:
        """A key that is held was asked for. Raises KeyError when it is not held."""

    def admit(self, key: K, size_bytes: int) -> list[K]:
        """Take in a key, or give a key that is held another size; the victims are named in order.

        The key itself stands among the victims when it was not admitted; an object larger than the
        whole cache evicts nothing else.
        """

    def size_of(self, key: K) -> int:
        """The bytes of a key that is held. Raises KeyError when it is not."""

    def remove(self, key: K) -> None:
        """Forget a key. Raises KeyError when it is not held."""

    def resize(self, capacity_bytes: int) -> list[K]:
        """Give the cache another capacity; the victims are named in order.

        Raises ValueError unless the capacity is positive.
        """

    def victim(self) -> K | None:
        """Who would go next, or None when nothing is held.

        To find out it may do now what an eviction would have done first: move a hand, give a second chance.
        """

    def __contains__(self, key: object) -> bool: ...

    def __len__(self) -> int: ...
