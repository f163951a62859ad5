"""What an eviction policy is: it knows keys and sizes, never bodies, and answers with keys.

The caller owns the objects and removes what a policy names. A policy never holds more than its capacity
after a call has returned. Time is not an argument: policies order events, they do not date them.
"""

from __future__ import annotations

from typing import Protocol


class Policy(Protocol):
    """An eviction policy over keys with sizes in bytes."""

    @property
    def capacity_bytes(self) -> int: ...

    @property
    def used_bytes(self) -> int: ...

    def hit(self, key: str) -> None:
        """A key that is held was asked for. Raises KeyError when it is not held."""

    def admit(self, key: str, size_bytes: int) -> list[str]:
        """Take in a key, or give a key that is held another size; the victims are named in order.

        The key itself stands among the victims when it was not admitted; an object larger than the
        whole cache evicts nothing else.
        """

    def remove(self, key: str) -> None:
        """Forget a key. Raises KeyError when it is not held."""

    def __contains__(self, key: object) -> bool: ...

    def __len__(self) -> int: ...
