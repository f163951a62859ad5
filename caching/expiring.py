"""A policy's mapping whose entries live for a time, spoken to as cachetools' TTLCache is.

This room reads no clock, so the timer is the caller's: with ``time.monotonic`` a ``ttl`` is in seconds. It
must not go back.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any, Self

from caching.mapping import PolicyCache, V
from caching.policies.protocol import K


class ExpiringCache(PolicyCache[K, V]):
    """A bounded mapping; the policy decides who makes room, and nobody stays past ``ttl`` from assignment.

    ``ttl`` is in the timer's unit. Raises ValueError for a negative one, and as ``PolicyCache`` does. Entries
    that have expired are gone for every caller, and leave at the next assignment or count.
    """

    def __init__(
        self,
        maxsize: int,
        ttl: float,
        timer: Callable[[], float],
        getsizeof: Callable[[V], int] | None = None,
        *,
        policy: str,
        **options: Any,
    ) -> None:
        super().__init__(maxsize, getsizeof, policy=policy, **options)
        if ttl < 0:
            raise ValueError(f"ttl: must not be negative, not {ttl}")
        self.ttl = ttl
        self.timer = timer
        # In order of assignment, which is the order of expiry.
        self._expires: OrderedDict[K, float] = OrderedDict()

    @property
    def currsize(self) -> int:
        self.expire()
        return super().currsize

    def expire(self, time: float | None = None) -> list[tuple[K, V]]:
        """Take out what has expired, at ``time`` if that is given; returns the pairs, the oldest first."""
        now = self.timer() if time is None else time
        keys = [key for key, _ in takewhile(lambda pair: pair[1] <= now, self._expires.items())]
        pairs = [(key, self._values[key]) for key in keys]
        for key in keys:
            self._drop(key)
        return pairs

    def __getitem__(self, key: K) -> V:
        return super().__getitem__(key) if key in self else self.__missing__(key)

    def __setitem__(self, key: K, value: V) -> None:
        now = self.timer()
        self.expire(now)
        super().__setitem__(key, value)
        self._expires[key] = now + self.ttl
        self._expires.move_to_end(key)

    def __delitem__(self, key: K) -> None:
        expired = key not in self
        self._drop(key)
        if expired:
            raise KeyError(key)

    def _drop(self, key: K) -> None:
        super()._drop(key)
        del self._expires[key]

    def _forget(self, key: K) -> None:
        super()._forget(key)
        self._expires.pop(key, None)

    def __contains__(self, key: object) -> bool:
        return key in self._expires and self.timer() < self._expires[key]  # type: ignore[index]

    def __iter__(self) -> Iterator[K]:
        now = self.timer()
        return iter([key for key, expires in self._expires.items() if now < expires])

    def __len__(self) -> int:
        self.expire()
        return super().__len__()

    def popitem(self) -> tuple[K, V]:
        self.expire()
        return super().popitem()

    def clear(self) -> None:
        super().clear()
        self._expires.clear()

    def __copy__(self) -> Self:
        twin = super().__copy__()
        twin._expires = self._expires.copy()
        return twin
