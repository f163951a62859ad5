"""Our compiled replay, measured as ``headwater simulate replay`` runs it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.peer import Answer
from simulator.kernels.frame import Chunk, Run
from simulator.kernels.table import KERNELS
from simulator.sweep import Task, run
from simulator.traces import Format, Prepared, Trace, prepare


class Compiled(NamedTuple):
    """How long the first use of a policy took, and whether the machine code was on disk."""

    seconds: float
    from_disk: bool


def compile_policy(policy: str) -> Compiled:
    """Use a policy for the first time in this process."""
    kernel = KERNELS[policy]
    one = np.ones(1, np.uint32)
    began = time.perf_counter()
    Run(kernel, 1).feed(Chunk(one, one, np.zeros(int(kernel.future), np.int64), 2))
    seconds = time.perf_counter() - began
    return Compiled(seconds, from_disk=not sum(kernel.replay.stats.cache_misses.values()))  # type: ignore[attr-defined]


def replay(prepared: Prepared, policy: str, capacity_bytes: int) -> Answer:
    """A prepared trace through a new cache."""
    row = run(prepared, Task(policy, capacity_bytes))
    return Answer(row.miss_ratio, row.byte_miss_ratio, row.requests / row.requests_per_s)


def answer(path: Path, policy: str, capacity_bytes: int) -> Answer:
    """From the file to the answer, reading and numbering included."""
    with prepare(Trace(path, Format.ORACLE)) as prepared:
        return replay(prepared, policy, capacity_bytes)
