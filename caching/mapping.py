"""An eviction policy as a mapping for application code, spoken to as cachetools' caches are.

An assignment either stores the value or raises ValueError; a look-up is a use. It works under
``cachetools.cached`` and ``cachedmethod``, though this room doesn't need cachetools. Unlike there, an entry
that grows keeps what its policy knows of it, and to list or compare caches uses nothing. As there, it takes
no lock of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, ItemsView, Iterator, MutableMapping, ValuesView
from copy import deepcopy
from functools import partial
from typing import Any, Final, Generic, Self, TypeVar, cast, overload

from caching.policies import Policy, make_hospitable_policy
from caching.policies.protocol import K

V = TypeVar("V")
T = TypeVar("T")

_ABSENT: Final = object()


class PolicyCache(MutableMapping[K, V], Generic[K, V]):
    """A bounded mapping; who leaves is decided by the policy of that name.

    ``maxsize`` and ``getsizeof`` are in any unit, by default entries; ``options`` are the policy's. Whatever
    fits is stored, unless a policy that has the option ``admit_large`` is told False. Raises ValueError for a
    negative ``maxsize``, and for a policy or an option that doesn't exist. An assignment raises ValueError
    for a value that is too large or was not admitted, and TypeError for the key None.
    """

    def __init__(
        self,
        maxsize: int,
        getsizeof: Callable[[V], int] | None = None,
        *,
        policy: str,
        **options: Any,
    ) -> None:
        if maxsize < 0:
            raise ValueError(f"maxsize: must not be negative, not {maxsize}")
        self._maxsize = maxsize
        self._getsizeof = getsizeof
        self._name = policy
        self._picky = not options.get("admit_large", True)
        # A policy has a capacity of 1 at least; a value that doesn't fit in maxsize never gets there.
        self._make = partial(make_hospitable_policy, policy, max(1, maxsize), **options)
        self._policy: Policy[K] = self._make()
        self._values: dict[K, V] = {}
        _introduce_to_cachetools()

    @property
    def maxsize(self) -> int:
        """The most that all values together may come to."""
        return self._maxsize

    @property
    def currsize(self) -> int:
        """What all values together come to."""
        return self._policy.used_bytes

    def getsizeof(self, value: V) -> int:
        """The size of a value: 1, unless the constructor was given another measure or a subclass has one."""
        return 1 if self._getsizeof is None else self._getsizeof(value)

    def __getitem__(self, key: K) -> V:
        try:
            value = self._values[key]
        except KeyError:
            return self.__missing__(key)
        self._policy.hit(key)
        return value

    def __missing__(self, key: K) -> V:
        """What a look-up in vain gives. A subclass may compute the value here, and store it or not."""
        raise KeyError(key)

    def __setitem__(self, key: K, value: V) -> None:
        if key is None:
            raise TypeError("None is not a key of this cache")
        size = self.getsizeof(value)
        if size > self._maxsize:
            raise ValueError("value too large")
        if size < 0:
            raise ValueError("value size must be non-negative")
        while self._refused(key, size):
            if self._picky or not self._values:
                raise ValueError("value not admitted")
            # A policy may find all others worth more than a newcomer (GDSF); who assigns wants it there.
            self._drop(cast(K, self._policy.victim()))
        self._values[key] = value

    def _refused(self, key: K, size: int) -> bool:
        victims = self._policy.admit(key, size)
        for victim in victims:
            self._forget(victim)
        return key in victims

    def __delitem__(self, key: K) -> None:
        self._drop(key)

    def _drop(self, key: K) -> None:
        """Take out what is held. Raises KeyError when it isn't."""
        del self._values[key]
        self._policy.remove(key)

    def _forget(self, key: K) -> None:
        """Let go what the policy holds no more, or has never held."""
        self._values.pop(key, None)

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[K]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def items(self) -> ItemsView[K, V]:
        return _Items(self)

    def values(self) -> ValuesView[V]:
        return _Values(self)

    def _pairs(self) -> list[tuple[K, V]]:
        return [(key, self._values[key]) for key in self]

    # MutableMapping's own forms look a key up to see whether it is there, and so would run __missing__.

    @overload
    def get(self, key: K, default: None = None) -> V | None: ...

    @overload
    def get(self, key: K, default: T) -> V | T: ...

    def get(self, key: K, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401

    @overload
    def pop(self, key: K) -> V: ...

    @overload
    def pop(self, key: K, default: T) -> V | T: ...

    def pop(self, key: K, default: Any = _ABSENT) -> Any:
        """Take an entry out and return its value, or the default. Raises KeyError when there is neither."""
        if key not in self:
            if default is _ABSENT:
                raise KeyError(key)
            return default
        value = self._values[key]
        self._drop(key)
        return value

    def setdefault(self, key: K, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
            return default
        return self[key]

    def popitem(self) -> tuple[K, V]:
        """Take out the entry that would be evicted next. Raises KeyError when there is none."""
        if not self._values:
            raise KeyError(f"{type(self).__name__} is empty") from None
        key = cast(K, self._policy.victim())
        value = self._values[key]
        self._drop(key)
        return key, value

    def clear(self) -> None:
        """Begin anew: the policy forgets what it remembers of those who left, too."""
        self._policy = self._make()
        self._values.clear()

    def __copy__(self) -> Self:
        """Another cache with the same values, whose policy goes its own way."""
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin._values = self._values.copy()
        twin._policy = deepcopy(self._policy, {id(key): key for key in self._values})
        return twin

    def __repr__(self) -> str:
        sizes = f"maxsize={self.maxsize!r}, currsize={self.currsize!r}"
        return f"{type(self).__name__}({dict(self.items())!r}, policy={self._name!r}, {sizes})"


class _Items(ItemsView[K, V]):
    """Pairs as they are; to list a cache is no use of its entries."""

    _mapping: PolicyCache[K, V]

    def __iter__(self) -> Iterator[tuple[K, V]]:
        return iter(self._mapping._pairs())


class _Values(ValuesView[V]):
    """Values as they are."""

    _mapping: PolicyCache[Any, V]

    def __iter__(self) -> Iterator[V]:
        return iter([value for _, value in self._mapping._pairs()])


def _introduce_to_cachetools() -> None:
    """Have ``cache_info`` of a cached function tell maxsize: cachetools does so for its own kind only."""
    cachetools = sys.modules.get("cachetools")
    if cachetools is not None:
        cachetools.Cache.register(PolicyCache)
