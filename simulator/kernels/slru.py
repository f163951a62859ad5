"""SLRU, compiled: a list for each segment, the lowest through row 1; row 0 is that of those pushed out.

Columns as in ``lists``.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from caching.policies.slru import Slru
from simulator.kernels.compiled import compiled
from simulator.kernels.frame import (
    ADMITTED,
    CAPACITY,
    EVICTIONS,
    FIRST,
    HIT,
    I64,
    OWN,
    REFUSAL,
    U32,
    USED,
    Kernel,
    Log,
    State,
    count_refusal,
)
from simulator.kernels.lists import (
    BYTES,
    ONE,
    SIZE,
    STANDING,
    count_eviction,
    count_miss,
    enter,
    forget,
    is_empty,
    leave,
    make_empty,
    oldest,
    refresh,
    size_of,
)
from simulator.kernels.prefetch import AHEAD, prefetch

LEAVING: Final = np.uint64(0)
LOWEST: Final = np.uint64(1)

TOP: Final = OWN
"""The row of the highest segment."""
SHARE: Final = OWN + 1
"""Bytes that a segment holds."""
LARGEST: Final = OWN + 2
"""Objects larger than this are not admitted."""
KEPT: Final = OWN + 3
"""The row of the lowest list that anything can sink to: 1 when all that fits is kept."""


def begin(state: State, registers: I64, **options: Any) -> None:
    """The options are those of the live form."""
    live: Slru[int] = Slru(int(registers[CAPACITY]), **options)
    make_empty(state, live.segments + 1)
    registers[TOP], registers[SHARE] = live.segments, live.segment_bytes
    registers[LARGEST] = live.capacity_bytes if live.admit_large else live.segment_bytes
    registers[KEPT] = LOWEST if live.admit_large else LEAVING


@compiled
def entry(registers: I64, size: np.int64) -> np.uint64:
    """The lowest segment with room, or the lowest."""
    root, most = LOWEST, registers[SHARE] - size
    while root <= np.uint64(registers[TOP]):
        if registers[BYTES + root] <= most:
            return root
        root += ONE
    return LOWEST


@compiled
def rise(table: U32, registers: I64, row: np.uint64) -> None:
    """A hit below the highest segment."""
    root = np.uint64(table[row, STANDING]) - ONE
    leave(table, registers, row)
    if root == LEAVING:
        enter(table, registers, row, entry(registers, size_of(table, row)))
        return
    root += ONE
    enter(table, registers, row, root)
    while root > np.uint64(registers[KEPT]) and registers[BYTES + root] > registers[SHARE]:
        sinking = oldest(table, root)
        leave(table, registers, sinking)
        enter(table, registers, sinking, root - ONE)
        if registers[BYTES + root] <= registers[SHARE]:
            root -= ONE


@compiled
def evict(table: U32, registers: I64, root: np.uint64, evicted: U32) -> None:
    row = oldest(table, root)
    leave(table, registers, row)
    count_eviction(registers, row, size_of(table, row), evicted)


@compiled
def miss(table: U32, registers: I64, row: np.uint64, size: np.int64, evicted: U32) -> int:
    """Take an object in, if it may come in; the outcome."""
    count_miss(registers, size)
    if size > registers[LARGEST]:
        count_refusal(registers, size)
        return REFUSAL
    root = LEAVING
    while not is_empty(table, LEAVING):
        evict(table, registers, LEAVING, evicted)
    while registers[USED] + size > registers[CAPACITY]:
        while is_empty(table, root):
            root += ONE
        evict(table, registers, root, evicted)
    registers[USED] += size
    table[row, SIZE] = size
    enter(table, registers, row, entry(registers, size))
    return ADMITTED


@compiled
def replay(state: State, registers: I64, ids: U32, sizes: U32, nexts: I64, log: Log) -> None:
    table, outcomes, ends, evicted = state.table, log.outcomes, log.ends, log.evicted
    top = np.uint64(registers[TOP])
    for k in range(len(ids)):
        if k + AHEAD < len(ids):
            prefetch(table, FIRST + np.uint64(ids[k + AHEAD]))
        row, size = FIRST + np.uint64(ids[k]), np.int64(sizes[k])
        standing, outcome = np.uint64(table[row, STANDING]), HIT
        if size == 0:
            outcome = forget(table, registers, row, top + ONE)
        elif standing == top + ONE:
            refresh(table, row, top)
        elif standing != 0:
            rise(table, registers, row)
        else:
            outcome = miss(table, registers, row, size, evicted)
        if len(outcomes):
            outcomes[k], ends[k] = outcome, registers[EVICTIONS]


SLRU = Kernel("slru", 4, replay, begin=begin)
