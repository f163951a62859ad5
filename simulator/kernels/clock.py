"""CLOCK, compiled: a queue in a ring; what was visited goes from its old end to the young one once more.

Columns: size in bytes (0 when not held), place in the ring with the mark of a visit.
"""

from __future__ import annotations

import numpy as np

from simulator.kernels.compiled import compiled
from simulator.kernels.frame import (
    ADMITTED,
    CAPACITY,
    EVICTIONS,
    FIRST,
    HIT,
    I64,
    MISS_BYTES,
    MISSES,
    REFUSAL,
    U32,
    USED,
    Kernel,
    Log,
    State,
    count_refusal,
)
from simulator.kernels.prefetch import AHEAD, prefetch
from simulator.kernels.queue import (
    HEAD,
    ONE,
    PLACE,
    PLACES,
    SIZE,
    TAIL,
    VISITED,
    forget,
    make_ready,
    needs,
)


@compiled
def replay(state: State, registers: I64, ids: U32, sizes: U32, nexts: I64, log: Log) -> None:
    make_ready(state, registers, len(ids))
    table, ring, mask = state.table, state.ring, np.uint64(len(state.ring)) - ONE
    outcomes, ends, evicted, logging = log.outcomes, log.ends, log.evicted, len(log.outcomes) > 0
    capacity, used = registers[CAPACITY], registers[USED]
    misses, miss_bytes, evictions = registers[MISSES], registers[MISS_BYTES], registers[EVICTIONS]
    head, tail = np.uint64(registers[HEAD]), np.uint64(registers[TAIL])
    for k in range(len(ids)):
        if k + AHEAD < len(ids):
            prefetch(table, FIRST + np.uint64(ids[k + AHEAD]))
        row, size = FIRST + np.uint64(ids[k]), np.int64(sizes[k])
        held, outcome = np.int64(table[row, SIZE]), HIT
        if size == 0:
            outcome = forget(table, registers, row)
            used -= held
        elif held != 0:
            table[row, PLACE] |= np.uint32(VISITED)
        else:
            misses += 1
            miss_bytes += size
            outcome = ADMITTED if size <= capacity else REFUSAL
            if size > capacity:
                count_refusal(registers, size)
            else:
                while used + size > capacity:
                    oldest = np.uint64(ring[tail & mask])
                    place = np.uint64(table[oldest, PLACE])
                    if place == tail & PLACES:
                        used -= np.int64(table[oldest, SIZE])
                        table[oldest, SIZE] = 0
                        if logging:
                            evicted[evictions] = oldest - FIRST
                        evictions += 1
                    elif place & ~VISITED == tail & PLACES:
                        table[oldest, PLACE] = head & PLACES
                        ring[head & mask] = oldest
                        head += ONE
                    tail += ONE
                used += size
                table[row, SIZE], table[row, PLACE] = size, head & PLACES
                ring[head & mask] = row
                head += ONE
        if logging:
            outcomes[k], ends[k] = outcome, evictions
    registers[USED], registers[MISSES], registers[MISS_BYTES] = used, misses, miss_bytes
    registers[EVICTIONS], registers[HEAD], registers[TAIL] = evictions, np.int64(head), np.int64(tail)


CLOCK = Kernel("clock", 2, replay, needs)
