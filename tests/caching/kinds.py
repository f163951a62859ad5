"""The caches that one suite of behaviour is run over: cachetools' own, and ours for every policy."""

from __future__ import annotations

import math
from collections.abc import Callable, MutableMapping
from functools import partial
from typing import Any, NamedTuple

import cachetools

from caching.expiring import ExpiringCache
from caching.mapping import PolicyCache
from caching.policies import POLICIES

PEER_VERSION = tuple(int(part) for part in cachetools.__version__.split(".")[:2])


class Clock:
    """A timer that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Kind(NamedTuple):
    """A class of caches, and what its constructor is told beside the size."""

    cls: type[Any]
    options: dict[str, Any]

    def make(self, maxsize: int, getsizeof: Callable[[Any], int] | None = None, **more: Any) -> Any:
        return self.cls(maxsize, getsizeof=getsizeof, **{**self.options, **more})

    def derived(self, **methods: Any) -> Callable[..., MutableMapping[Any, Any]]:
        """The constructor of a subclass with these methods."""
        return partial(type("Derived", (self.cls,), methods), **self.options)


STILL = Clock()

PEERS = {
    "cachetools-lru": Kind(cachetools.LRUCache, {}),
    "cachetools-fifo": Kind(cachetools.FIFOCache, {}),
    "cachetools-lfu": Kind(cachetools.LFUCache, {}),
}
PEERS_WITH_TTL = {"cachetools-ttl": Kind(cachetools.TTLCache, {"ttl": math.inf, "timer": STILL})}
OURS = {name: Kind(PolicyCache, {"policy": name}) for name in POLICIES}
OURS_WITH_TTL = {
    f"{name}-ttl": Kind(ExpiringCache, {"policy": name, "ttl": math.inf, "timer": STILL}) for name in POLICIES
}
