"""The measurements: for each policy a process of its own, whose index grows and is measured on the way."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context
from statistics import median
from typing import Final

from bench.index.lookups import ORDERS, drawn, lookups_per_s
from bench.index.memory import parts_of, resident_bytes
from bench.index.objects import make_cache, received_ms, store
from bench.index.rows import LookupRow, MemoryRow, PartRow, PauseRow, Row
from bench.index.settings import IndexBenchSettings
from caching import Cache

OnProgress = Callable[[float, str], None]
"""Called with the share that is done and what comes next."""

_COLLECTIONS: Final = 3
_WALKED: Final = 100_000
"""Objects in the largest index that is walked: what is seen of it has to be remembered."""


class BenchError(Exception):
    """A measuring process ended ill; the text is one line."""


def measure(settings: IndexBenchSettings, on_progress: OnProgress) -> Iterator[Row]:
    """All rows, policy by policy. Raises BenchError."""
    steps = [(policy, size) for policy in settings.policies for size in settings.sizes]
    for policy in settings.policies:
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            for size in settings.sizes:
                share = steps.index((policy, size)) / len(steps)
                on_progress(share, f"{policy}, {size:,} objects")
                try:
                    yield from process.submit(_grow_and_measure, settings, policy, size).result()
                except BrokenProcessPool as error:
                    raise BenchError(f"{policy}, {size:,} objects: {error}") from None
                except BaseException:  # nobody waits for the rest
                    for child in active_children():
                        child.terminate()
                    raise
    on_progress(1, "")


class _Growing:
    """The index of the process that measures: grown from one size to the next."""

    cache: Cache | None = None
    objects = 0
    before_bytes: int | None = 0
    filling_s = 0.0


def _grow_and_measure(settings: IndexBenchSettings, policy: str, objects: int) -> list[Row]:
    """In the process of a policy: the next larger index, and what is found of it."""
    cache = _grow(policy, objects, settings.objects)
    now_ms = received_ms(objects)
    rows: list[Row] = []
    if objects == settings.objects and (now_bytes := resident_bytes()) and _Growing.before_bytes:
        bytes_per_object = (now_bytes - _Growing.before_bytes) / objects
        rows.append(MemoryRow(policy, objects, bytes_per_object, objects / _Growing.filling_s))
    rows.append(PauseRow(policy, objects, _pause_ms()))
    for order in ORDERS:
        numbers = drawn(order, objects, settings.lookups, settings.seed)
        rows.append(LookupRow(policy, objects, order, lookups_per_s(cache, numbers, now_ms)))
    walked = max(size for size in settings.sizes if size <= _WALKED)
    if objects == walked:
        parts = parts_of(cache.index)
        rows += [PartRow(policy, objects, part, size / objects) for part, size in parts.items()]
    return rows


def _grow(policy: str, objects: int, most: int) -> Cache:
    if _Growing.cache is None:
        gc.collect()
        _Growing.before_bytes = resident_bytes()
        _Growing.cache = make_cache(policy, most)
    began_s = time.process_time()
    store(_Growing.cache, range(_Growing.objects, objects))
    _Growing.filling_s += time.process_time() - began_s
    _Growing.objects = objects
    if len(_Growing.cache.index) != objects:
        raise RuntimeError(f"{policy} holds {len(_Growing.cache.index)} of {objects} objects")
    return _Growing.cache


def _pause_ms() -> float:
    pauses_ms = []
    for _ in range(_COLLECTIONS):
        began_s = time.process_time()
        gc.collect()
        pauses_ms.append((time.process_time() - began_s) * 1000)
    return median(pauses_ms)
