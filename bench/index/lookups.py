"""How fast a memory hit is decided: found, asked for by policy, and found fresh, as the hot path does it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np

from bench.index.objects import key_of
from caching import Cache, Headers

ORDERS: Final = ("random", "zipf")
_ALPHA: Final = 0.9
_AT_ONCE: Final = 1000
_HEADERS: Final = Headers(
    [
        ("host", "cdn.example"),
        ("user-agent", "player/7.1"),
        ("accept", "*/*"),
        ("accept-encoding", "gzip, br"),
    ]
)


def drawn(order: str, objects: int, count: int, seed: int) -> list[int]:
    """Numbers of objects asked for: all alike, or by a Zipf law whose ranks are scattered over them."""
    generator = np.random.default_rng(seed)
    if order == "random":
        return list(map(int, generator.integers(objects, size=count)))
    upto = np.cumsum(np.arange(1, objects + 1) ** -_ALPHA)
    ranks = np.searchsorted(upto, generator.random(count) * upto[-1])
    return list(map(int, generator.permutation(objects)[ranks]))


def lookups_per_s(cache: Cache, numbers: Sequence[int], now_ms: int) -> float:
    """Hits decided in a second, by this process's own time. Raises RuntimeError for one that is none.

    Each key is text that was made for it, so that its digest is computed, as that of a request is.
    """
    took_s = 0.0
    for keys in _pieces(numbers, key_of):
        began_s = time.process_time()
        _look_up(cache, keys, now_ms)
        took_s += time.process_time() - began_s
    return len(numbers) / took_s


def _look_up(cache: Cache, keys: Sequence[str], now_ms: int) -> None:
    find, hit, why_not_fresh = cache.index.find, cache.index.policy.hit, cache.why_not_fresh
    for key in keys:
        entry = find(key, _HEADERS).entry
        if entry is None or why_not_fresh(entry, now_ms) is not None:
            raise RuntimeError(f"{key} is not a hit")
        hit(entry.id)


def _pieces(numbers: Sequence[int], name: Callable[[int], str]) -> Iterator[list[str]]:
    """Few at once: so many keys would otherwise push the index out of the processor's cache."""
    for start in range(0, len(numbers), _AT_ONCE):
        yield [name(number) for number in numbers[start : start + _AT_ONCE]]
