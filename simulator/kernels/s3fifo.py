"""S3-FIFO, compiled: lists through the rows 0 (small), 1 (main) and 2 (ghost).

Columns: the neighbours, size in bytes, state (bits 0 and 1: in which list; from bit 2: hits). A hit touches
its row and no register.
"""

from __future__ import annotations

import numpy as np

from caching.policies.s3fifo import S3Fifo
from simulator.kernels.compiled import compiled
from simulator.kernels.frame import (
    ABSENT,
    ADMITTED,
    CAPACITY,
    EVICTIONS,
    FIRST,
    HIT,
    I64,
    MISS_BYTES,
    MISSES,
    OWN,
    REFUSAL,
    REMOVAL,
    U32,
    USED,
    Kernel,
    Log,
    State,
    count_refusal,
    count_removal,
)
from simulator.kernels.links import PREV, link, unlink
from simulator.kernels.prefetch import AHEAD, prefetch

SIZE, STATE = np.uint64(2), np.uint64(3)
SMALL_ROOT, MAIN_ROOT, GHOST_ROOT = np.uint64(0), np.uint64(1), np.uint64(2)

# The list a row is in: what is held is odd.
SMALL, GHOST, MAIN = 1, 2, 3
WHERE, HELD, ONE_HIT, MOST_HITS = 3, 1, 4, 12

SMALL_BYTES = OWN
SMALL_SHARE = OWN + 1
LARGEST = OWN + 2
"""Objects larger than this are not admitted."""
GHOST_BYTES = OWN + 3
GHOST_SHARE = OWN + 4
PROMOTE = OWN + 5
"""The state of a small row from which on it is promoted."""
FULL = OWN + 6
SIFTING = OWN + 7


def begin(state: State, registers: I64, **options: float) -> None:
    """The options are those of the live form."""
    live: S3Fifo[int] = S3Fifo(int(registers[CAPACITY]), **options)  # type: ignore[arg-type]
    capacity = live.capacity_bytes
    for root in (MAIN_ROOT, GHOST_ROOT):
        state.table[root, :2] = root
    registers[SMALL_SHARE] = live.small_bytes
    registers[LARGEST] = capacity if live.admit_large else live.small_bytes
    registers[GHOST_SHARE] = int(capacity * live.ghost_ratio)
    registers[PROMOTE] = SMALL + ONE_HIT * live.promote_hits


@compiled
def forget(table: U32, registers: I64, row: np.uint64) -> int:
    """Invalidate an object; the outcome. What a ghost remembers stays."""
    state, size = table[row, STATE], np.int64(table[row, SIZE])
    if not state & HELD:
        return ABSENT
    unlink(table, row)
    table[row, STATE] = 0
    registers[USED] -= size
    if state & WHERE == SMALL:
        registers[SMALL_BYTES] -= size
    count_removal(registers, size)
    return REMOVAL


@compiled
def forget_ghost(table: U32, registers: I64, row: np.uint64) -> None:
    unlink(table, row)
    table[row, STATE] = 0
    registers[GHOST_BYTES] -= np.int64(table[row, SIZE])


@compiled
def remember(table: U32, registers: I64, row: np.uint64, size: np.int64) -> None:
    """Make a ghost of a row in no list."""
    if size > registers[GHOST_SHARE]:
        table[row, STATE] = 0
        return
    link(table, GHOST_ROOT, row)
    table[row, STATE] = GHOST
    registers[GHOST_BYTES] += size
    while registers[GHOST_BYTES] > registers[GHOST_SHARE]:
        forget_ghost(table, registers, np.uint64(table[GHOST_ROOT, PREV]))


@compiled
def main_is_due(table: U32, registers: I64) -> bool:
    main_bytes = registers[USED] - registers[SMALL_BYTES]
    over = main_bytes > registers[CAPACITY] - registers[SMALL_SHARE]
    return bool(over or table[SMALL_ROOT, PREV] == SMALL_ROOT)


@compiled
def victim(table: U32, registers: I64) -> np.uint64:
    """Promote, and give second chances, until the oldest of a list is one that goes."""
    while registers[SIFTING] or not main_is_due(table, registers):
        row = np.uint64(table[SMALL_ROOT, PREV])
        registers[SIFTING] = row != SMALL_ROOT
        if registers[SIFTING]:
            if table[row, STATE] < registers[PROMOTE]:
                return row
            unlink(table, row)
            link(table, MAIN_ROOT, row)
            table[row, STATE] = MAIN
            registers[SMALL_BYTES] -= np.int64(table[row, SIZE])
    row = np.uint64(table[MAIN_ROOT, PREV])
    while table[row, STATE] >= ONE_HIT:
        table[row, STATE] -= np.uint32(ONE_HIT)
        unlink(table, row)
        link(table, MAIN_ROOT, row)
        row = np.uint64(table[MAIN_ROOT, PREV])
    return row


@compiled
def evict(table: U32, registers: I64, evicted: U32) -> None:
    row = victim(table, registers)
    size = np.int64(table[row, SIZE])
    registers[FULL], registers[SIFTING] = 1, 0
    unlink(table, row)
    if table[row, STATE] & WHERE == SMALL:
        registers[SMALL_BYTES] -= size
        remember(table, registers, row, size)
    else:
        table[row, STATE] = 0
    registers[USED] -= size
    if len(evicted):
        evicted[registers[EVICTIONS]] = row - FIRST
    registers[EVICTIONS] += 1


@compiled
def miss(table: U32, registers: I64, row: np.uint64, size: np.int64, evicted: U32) -> int:
    """Take an object in, if it may come in; the outcome."""
    registers[MISSES] += 1
    registers[MISS_BYTES] += size
    returning = table[row, STATE] == GHOST
    if returning:
        forget_ghost(table, registers, row)
    if size > registers[LARGEST]:
        count_refusal(registers, size)
        return REFUSAL
    while registers[USED] + size > registers[CAPACITY]:
        evict(table, registers, evicted)
    registers[USED] += size
    table[row, SIZE] = size
    if returning or (not registers[FULL] and registers[SMALL_BYTES] >= registers[SMALL_SHARE]):
        link(table, MAIN_ROOT, row)
        table[row, STATE] = MAIN
    else:
        link(table, SMALL_ROOT, row)
        table[row, STATE] = SMALL
        registers[SMALL_BYTES] += size
    return ADMITTED


@compiled
def replay(state: State, registers: I64, ids: U32, sizes: U32, nexts: I64, log: Log) -> None:
    table, outcomes, ends, evicted = state.table, log.outcomes, log.ends, log.evicted
    for k in range(len(ids)):
        if k + AHEAD < len(ids):
            prefetch(table, FIRST + np.uint64(ids[k + AHEAD]))
        row = np.uint64(ids[k]) + FIRST
        size = np.int64(sizes[k])
        standing = table[row, STATE]
        if size == 0:
            outcome = forget(table, registers, row)
        elif standing & HELD:
            outcome = HIT
            if standing < MOST_HITS:
                table[row, STATE] = standing + np.uint32(ONE_HIT)
        else:
            outcome = miss(table, registers, row, size, evicted)
        if len(outcomes):
            outcomes[k] = outcome
            ends[k] = registers[EVICTIONS]


S3FIFO = Kernel("s3fifo", 4, replay, begin=begin)
