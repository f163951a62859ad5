"""libCacheSim's wheel as its users have it: a reader of a file, a cache with the defaults, the whole trace.

Its caches begin with a hash table for 2**24 objects whatever the trace (``hashpower`` 24). It reads the
mapped file while it replays. Callers ask first whether it is ``installed``.
"""

from __future__ import annotations

import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, NamedTuple

CLASSES: Final = {
    "fifo": "FIFO",
    "lru": "LRU",
    "clock": "Clock",
    "sieve": "Sieve",
    "lfu": "LFU",
    "slru": "SLRU",
    "twoq": "TwoQ",
    "arc": "ARC",
    "lirs": "LIRS",
    "lfuda": "LFUDA",
    "gdsf": "GDSF",
    "s3fifo": "S3FIFO",
    "wtinylfu": "WTinyLFU",
    "belady": "Belady",
    "beladysize": "BeladySize",
}
"""The policies by our names, and what the wheel calls them."""


class Answer(NamedTuple):
    """What the wheel says of a trace."""

    miss_ratio: float
    byte_miss_ratio: float
    seconds: float
    """Of the replay alone: the cache had been made, the file opened."""


def installed() -> str | None:
    """The wheel's version, or None when there is nothing to compare with."""
    try:
        return version("libcachesim")
    except PackageNotFoundError:
        return None


def answer(path: Path, policy: str, capacity_bytes: int) -> Answer:
    """An oracleGeneral file through a new cache.

    Raises KeyError for a policy that the wheel has not, and FileNotFoundError.
    """
    import libcachesim  # noqa: PLC0415 - the peer is optional

    cache: Any = getattr(libcachesim, CLASSES[policy])(capacity_bytes)
    # The wheel ends the process when it cannot open a file, and says much when it has to guess the format.
    if not path.is_file():
        raise FileNotFoundError(path)
    reader = libcachesim.TraceReader(str(path), libcachesim.TraceType.ORACLE_GENERAL_TRACE)
    began = time.perf_counter()
    miss_ratio, byte_miss_ratio = cache.process_trace(reader)
    return Answer(miss_ratio, byte_miss_ratio, time.perf_counter() - began)
