"""LRU, compiled: a circular list through row 0, youngest at its next, oldest at its previous.

Columns: previous, next, size in bytes (0 when not held), unused.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from simulator.kernels.frame import (
    ABSENT,
    ADMITTED,
    CAPACITY,
    EVICTIONS,
    FIRST_ROW,
    HIT,
    I64,
    MISS_BYTES,
    MISSES,
    REFUSAL,
    REFUSED,
    REFUSED_BYTES,
    REMOVAL,
    REMOVED,
    REMOVED_BYTES,
    U32,
    USED,
    Kernel,
    Log,
    State,
)

PREV = np.uint64(0)
NEXT = np.uint64(1)
SIZE = np.uint64(2)
ROOT = np.uint64(0)
FIRST = np.uint64(FIRST_ROW)


@njit(nogil=True, cache=True)
def unlink(table: U32, row: np.uint64) -> None:
    """Take a row out of its circular list."""
    before, after = np.uint64(table[row, PREV]), np.uint64(table[row, NEXT])
    table[before, NEXT] = after
    table[after, PREV] = before


@njit(nogil=True, cache=True)
def link(table: U32, root: np.uint64, row: np.uint64) -> None:
    """Put a row at the young end of the circular list through ``root``."""
    young = np.uint64(table[root, NEXT])
    table[row, PREV] = root
    table[row, NEXT] = young
    table[young, PREV] = row
    table[root, NEXT] = row


@njit(nogil=True, cache=True)
def replay(state: State, registers: I64, ids: U32, sizes: U32, nexts: I64, log: Log) -> None:
    table, outcomes, ends, evicted = state.table, log.outcomes, log.ends, log.evicted
    logging = len(outcomes) > 0
    capacity, used, misses = registers[CAPACITY], registers[USED], registers[MISSES]
    miss_bytes, evictions = registers[MISS_BYTES], registers[EVICTIONS]
    for k in range(len(ids)):
        row = np.uint64(ids[k]) + FIRST
        size = np.int64(sizes[k])
        held = np.int64(table[row, SIZE])
        outcome = HIT
        if held != 0 and size != 0:
            if np.uint64(table[ROOT, NEXT]) != row:
                unlink(table, row)
                link(table, ROOT, row)
        elif size == 0:
            outcome = ABSENT
            if held != 0:
                outcome = REMOVAL
                unlink(table, row)
                table[row, SIZE] = 0
                used -= held
                registers[REMOVED] += 1
                registers[REMOVED_BYTES] += held
        else:
            misses += 1
            miss_bytes += size
            if size <= capacity:
                outcome = ADMITTED
                while used + size > capacity:
                    oldest = np.uint64(table[ROOT, PREV])
                    unlink(table, oldest)
                    used -= np.int64(table[oldest, SIZE])
                    table[oldest, SIZE] = 0
                    if logging:
                        evicted[evictions] = oldest - FIRST
                    evictions += 1
                table[row, SIZE] = size
                used += size
                link(table, ROOT, row)
            else:
                outcome = REFUSAL
                registers[REFUSED] += 1
                registers[REFUSED_BYTES] += size
        if logging:
            outcomes[k] = outcome
            ends[k] = evictions
    registers[USED], registers[MISSES] = used, misses
    registers[MISS_BYTES], registers[EVICTIONS] = miss_bytes, evictions


LRU = Kernel("lru", 4, replay)
