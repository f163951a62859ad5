"""How many clients are connected at once, in all and from one address, and whether another is let in."""

from __future__ import annotations

from collections import Counter
from enum import Enum
from typing import Final

# Those that are told at once why they are not let in: each keeps a socket for a moment. Others are reset.
_MOST_TOLD: Final = 128


class Full(Enum):
    """Why a connection is not let in: a name and what its client is told; the status is 503."""

    NODE = ("connections-limit", "this node has as many connections as it may have")
    """``connections`` are open, and none of them has been idle for a while."""
    CLIENT = ("client-connections-limit", "this client has as many connections as one may have")
    """``connections_per_client`` are open from its address."""

    def __init__(self, error: str, message: str) -> None:
        self.error = error
        self.message = message


class Connections:
    """Counts. ``most`` may be open at once, and ``most_per_client`` from one address; 0 for any number."""

    def __init__(self, most: int, most_per_client: int) -> None:
        self.most = most
        self.open = 0
        self.leaving = 0
        """Of these, closed to make room, and about to end."""
        self._most_per_client = most_per_client
        self._by_address: Counter[str] = Counter()
        self._told = 0

    def why_full(self, address: str) -> Full | None:
        """Why another from an address is not let in."""
        if 0 < self._most_per_client <= self._by_address.get(address, 0):
            return Full.CLIENT
        return Full.NODE if 0 < self.most <= self.open - self.leaving else None

    def enter(self, address: str) -> None:
        """One was let in."""
        self.open += 1
        self._by_address[address] += 1

    def leave(self, address: str) -> None:
        """One has ended that had been let in."""
        self.open -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]

    def tell(self) -> bool:
        """Whether one that is not let in is told so; it must then be ``told``."""
        if self._told >= _MOST_TOLD:
            return False
        self._told += 1
        return True

    def told(self) -> None:
        """One that was to be told why it was not let in has ended."""
        self._told -= 1
