"""Keys in order, oldest first, that know how many bytes they come to: for policies of several queues."""

from __future__ import annotations

from collections import OrderedDict
from itertools import islice

from caching.policies.protocol import K


class SizedQueue(OrderedDict[K, int]):
    """An ordered table of key and size which keeps the sum. Change it by its methods and ``move_to_end``."""

    __slots__ = ("used_bytes",)

    def __init__(self) -> None:
        super().__init__()
        self.used_bytes = 0

    def push(self, key: K, size_bytes: int) -> None:
        """Put a key that isn't there at the young end."""
        self[key] = size_bytes
        self.used_bytes += size_bytes

    def drop(self, key: K) -> int:
        """Take a key out and give its size. Raises KeyError when it isn't there."""
        size_bytes = self.pop(key)
        self.used_bytes -= size_bytes
        return size_bytes

    def drop_oldest(self) -> bool:
        """Take the oldest key out, and tell whether there was one."""
        if self:
            self.drop(next(iter(self)))
            return True
        return False

    def discard(self, key: K) -> bool:
        """Take a key out if it is there, and tell whether it was."""
        if key not in self:
            return False
        self.drop(key)
        return True

    def resized(self, key: K, size_bytes: int) -> None:
        """Give a key another size where it stands."""
        self.used_bytes += size_bytes - self[key]
        self[key] = size_bytes

    def oldest(self, spare: K | None = None) -> K | None:
        """The oldest key, leaving ``spare`` out of account; None when there is none."""
        for key in islice(self, 2):
            if key != spare:
                return key
        return None
