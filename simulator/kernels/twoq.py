"""2Q, compiled: lists through the rows 0 (the FIFO, A1in), 1 (the LRU, Am) and 2 (what is remembered, A1out).

Columns as in ``lists``. A hit in the FIFO writes nothing.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from caching.policies.twoq import TwoQ
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

WAITING: Final = np.uint64(0)
MAIN: Final = np.uint64(1)
GHOSTS: Final = np.uint64(2)

HELD: Final = np.uint64(2)
"""How many lists are of what is held."""

IN_SHARE: Final = OWN
OUT_SHARE: Final = OWN + 1
LARGEST: Final = OWN + 2
"""Objects larger than this are not admitted."""


def begin(state: State, registers: I64, **options: Any) -> None:
    """The options are those of the live form."""
    live: TwoQ[int] = TwoQ(int(registers[CAPACITY]), **options)
    make_empty(state, 3)
    registers[IN_SHARE], registers[OUT_SHARE] = live.in_bytes, live.out_bytes
    registers[LARGEST] = live.capacity_bytes if live.admit_large else live.in_bytes


@compiled
def remember(table: U32, registers: I64, row: np.uint64) -> None:
    """Let a row that has left the FIFO be known."""
    if size_of(table, row) > registers[OUT_SHARE]:
        return
    enter(table, registers, row, GHOSTS)
    while registers[BYTES + GHOSTS] > registers[OUT_SHARE]:
        leave(table, registers, oldest(table, GHOSTS))


@compiled
def evict(table: U32, registers: I64, root: np.uint64, evicted: U32) -> None:
    """The oldest of a list goes."""
    row = oldest(table, root)
    leave(table, registers, row)
    count_eviction(registers, row, size_of(table, row), evicted)
    if root == WAITING:
        remember(table, registers, row)


@compiled
def make_room(table: U32, registers: I64, size: np.int64, evicted: U32) -> None:
    while registers[USED] + size > registers[CAPACITY]:
        over = registers[BYTES + WAITING] > registers[IN_SHARE]
        evict(table, registers, WAITING if over or is_empty(table, MAIN) else MAIN, evicted)


@compiled
def make_room_in_main(table: U32, registers: I64, size: np.int64, evicted: U32) -> None:
    """The LRU never takes the share of the FIFO."""
    most = registers[CAPACITY] - registers[IN_SHARE] - size
    while registers[BYTES + MAIN] > most and not is_empty(table, MAIN):
        evict(table, registers, MAIN, evicted)


@compiled
def miss(table: U32, registers: I64, row: np.uint64, size: np.int64, evicted: U32) -> int:
    """Take an object in, if it may come in; the outcome."""
    count_miss(registers, size)
    returning = np.uint64(table[row, STANDING]) == GHOSTS + ONE
    if returning:
        leave(table, registers, row)
    if size > registers[LARGEST]:
        count_refusal(registers, size)
        return REFUSAL
    make_room(table, registers, size, evicted)
    if returning:
        make_room_in_main(table, registers, size, evicted)
    table[row, SIZE] = size
    registers[USED] += size
    enter(table, registers, row, MAIN if returning else WAITING)
    return ADMITTED


@compiled
def replay(state: State, registers: I64, ids: U32, sizes: U32, nexts: I64, log: Log) -> None:
    table, outcomes, ends, evicted = state.table, log.outcomes, log.ends, log.evicted
    for k in range(len(ids)):
        if k + AHEAD < len(ids):
            prefetch(table, FIRST + np.uint64(ids[k + AHEAD]))
        row, size = FIRST + np.uint64(ids[k]), np.int64(sizes[k])
        standing, outcome = np.uint64(table[row, STANDING]), HIT
        if size == 0:
            outcome = forget(table, registers, row, HELD)
        elif standing == MAIN + ONE:
            refresh(table, row, MAIN)
        elif standing != WAITING + ONE:
            outcome = miss(table, registers, row, size, evicted)
        if len(outcomes):
            outcomes[k], ends[k] = outcome, registers[EVICTIONS]


TWOQ = Kernel("twoq", 4, replay, begin=begin)
