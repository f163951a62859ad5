"""Synthetic requests written as oracleGeneral, for other simulators and for keeping.

The positions of next requests are written too, so that libCacheSim's Belady works on it. The file appears
whole or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import zstandard

from simulator.kernels.frame import pieces
from simulator.synthetic import Drawn
from simulator.traces.future import NEVER, look_back
from simulator.traces.oracle import RECORD

NO_NEXT: Final = -1
"""How the format says that an object is not asked for again."""
_PIECE: Final = 1 << 20


def write_oracle(path: Path, drawn: Iterable[Drawn], requests: int, universe: int, rate_per_s: int) -> None:
    """Write so many requests, ids below ``universe``, at a steady rate; compressed if the name ends in .zst.

    An object's number is its id and 1, since libCacheSim takes 0 for no object. Raises OSError.
    """
    with _appearing(path) as unfinished:
        records = np.memmap(unfinished, RECORD, "w+", shape=(requests,))
        start = 0
        for ids, sizes in drawn:
            part = records[start : start + len(ids)]
            part["object"], part["size"] = ids.astype(np.uint64) + np.uint64(1), sizes
            part["time"] = np.arange(start, start + len(ids)) // rate_per_s
            start += len(ids)
        _tell_future(records, universe)
        records.flush()
        if path.suffix == ".zst":
            _compress(unfinished)


def _tell_future(records: np.memmap[tuple[int], np.dtype[np.void]], universe: int) -> None:
    seen = np.full(universe, NEVER, np.int64)
    for part in reversed(list(pieces(len(records), _PIECE))):
        ids = (records["object"][part] - np.uint64(1)).astype(np.uint32)
        nexts = np.empty(len(ids), np.int64)
        look_back(ids, part.start, seen, nexts)
        records["next"][part] = np.where(nexts == NEVER, NO_NEXT, nexts)


def _compress(path: Path) -> None:
    with _appearing(path) as packed, path.open("rb") as source, packed.open("wb") as target:
        zstandard.ZstdCompressor().copy_stream(source, target)


@contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """A file beside ``path`` that takes its name at the end, or goes."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
