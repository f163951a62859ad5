"""The live forms in plain Python: requests a second, and what a hit costs beside cachetools' LRU."""

from __future__ import annotations

import time
import timeit
from collections.abc import MutableMapping, Sequence
from typing import Any, Final

from caching import PolicyCache, make_policy

HELD: Final = 1000
"""Keys in the cache while hits are measured, asked for in a fixed order that isn't that of admission."""
_ROUNDS: Final = 200


def requests_per_s(policy: str, ids: Sequence[int], sizes: Sequence[int], capacity_bytes: int) -> float:
    """The requests through a new live policy whose caller knows, as an edge's index does, what is held.

    By this process's own time: with no peer to run in turn with, its neighbours on the core would be counted.
    """
    cache = make_policy(policy, capacity_bytes)
    hit, admit = cache.hit, cache.admit
    held: set[int] = set()
    began = time.process_time()
    for key, size_bytes in zip(ids, sizes, strict=True):
        if key in held:
            hit(key)
        else:
            held.add(key)
            for victim in admit(key, size_bytes):
                held.remove(victim)
    return len(ids) / (time.process_time() - began)


def hit_ns(repeats: int) -> dict[str, float]:
    """Nanoseconds of a hit by what is asked: the best of some repeats, the loop over the keys included."""
    keys = [f"/vod/clip/1080p/{number * 383 % HELD}.m4s" for number in range(HELD)]
    measured = {}
    for name in ("lru", "sieve"):
        policy = make_policy(name, HELD)
        for key in sorted(keys):
            policy.admit(key, 1)
        measured[f"{name} policy: hit(key)"] = _best_ns("asked(key)", policy.hit, keys, repeats)
    for name, mapping in _mappings().items():
        mapping.update((key, key) for key in sorted(keys))
        measured[f"{name}: cache[key]"] = _best_ns("asked[key]", mapping, keys, repeats)
    return measured


def _mappings() -> dict[str, MutableMapping[str, str]]:
    ours = {f"PolicyCache {name}": PolicyCache[str, str](HELD, policy=name) for name in ("lru", "sieve")}
    try:
        import cachetools  # noqa: PLC0415 - the peer is optional
    except ImportError:
        return {**ours}
    return {**ours, "cachetools LRUCache": cachetools.LRUCache(HELD)}


def _best_ns(statement: str, asked: Any, keys: Sequence[str], repeats: int) -> float:
    timer = timeit.Timer(
        f"for key in keys: {statement}", "asked, keys = given", globals={"given": (asked, keys)}
    )
    return min(timer.repeat(repeats, _ROUNDS)) / _ROUNDS / len(keys) * 1e9
