"""LFU, compiled: a hit counts and notes the time, and nothing moves before an eviction looks at it.

Rows that were used once stand in a queue, in order of admission. What is found there with more uses enters a
heap, where an entry tells the truth or too little, for uses only grow: the least, once true, is the victim.

Columns: size in bytes (0 when not held); after one use the place in the queue, after more the low half of the
time of the last; uses; the high half of that time, with the mark of a row that is in the heap.
"""

from __future__ import annotations

from typing import Final

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
    OWN,
    REFUSAL,
    U32,
    U64,
    USED,
    Kernel,
    Log,
    Needs,
    State,
    count_refusal,
)
from simulator.kernels.heap import ROW_BITS, drop_top, entry, heapify, sift_down, sift_up
from simulator.kernels.prefetch import AHEAD, prefetch
from simulator.kernels.queue import HEAD, ONE, PLACE, PLACES, SIZE, SPAN, TAIL, forget, held, spread
from simulator.kernels.queue import needs as queue_needs

USES: Final = np.uint64(2)
LATE: Final = np.uint64(3)
HALF: Final = np.uint64(32)
HEAPED: Final = np.uint64(1 << 31)
"""The mark, in the last column, of a row that is in the heap."""
NOBODY: Final = np.uint64(0)

HEAPS: Final = OWN + 3
"""Register: how many entries the heap has."""
NOW: Final = OWN + 4
"""Register: how many requests there have been."""


def needs(registers: I64, objects: int, requests: int) -> Needs:
    """Beside the queue's ring, a heap that has to be put in order only now and then."""
    return queue_needs(registers, objects, requests)._replace(words=8 * held(registers) + 4 * requests)


@compiled
def last_use(table: U32, row: np.uint64) -> np.uint64:
    """The time of the last use of a row with more than one."""
    return ((np.uint64(table[row, LATE]) & ~HEAPED) << HALF) | np.uint64(table[row, PLACE])


@compiled
def promote(table: U32, words: U64, heaps: np.uint64, row: np.uint64) -> np.uint64:
    """Put a row with more than one use into the heap, once; how many entries that has then."""
    if np.uint64(table[row, LATE]) & HEAPED:
        return heaps
    sift_up(words, heaps, entry(np.uint64(table[row, USES]), row), last_use(table, row))
    table[row, LATE] |= np.uint32(HEAPED)
    return heaps + ONE


@compiled
def weed(table: U32, words: U64, heaps: np.uint64) -> np.uint64:
    """Leave one entry, a true one, of each row that is in the heap; how many there are then."""
    kept = np.uint64(0)
    for index in range(heaps):
        row = words[index << ONE] & ROW_BITS
        if table[row, SIZE] != 0 and np.uint64(table[row, LATE]) & HEAPED:
            table[row, LATE] &= np.uint32(~HEAPED)
            words[kept << ONE] = entry(np.uint64(table[row, USES]), row)
            words[(kept << ONE) + ONE] = last_use(table, row)
            kept += ONE
    for index in range(kept):
        table[words[index << ONE] & ROW_BITS, LATE] |= np.uint32(HEAPED)
    heapify(words, kept)
    return kept


@compiled
def make_ready(state: State, registers: I64, requests: int) -> None:
    """Make room in queue and heap for as many entries as a piece may bring."""
    table, ring, words = state.table, state.ring, state.words
    head, tail, heaps = np.uint64(registers[HEAD]), np.uint64(registers[TAIL]), np.uint64(registers[HEAPS])
    if len(ring) != registers[SPAN]:
        spread(ring, head, tail, np.uint64(registers[SPAN]))
        registers[SPAN] = len(ring)
    queued = head - tail + np.uint64(requests)
    if queued > np.uint64(len(ring)) or (heaps + queued) << ONE > np.uint64(len(words)):
        heaps, end, mask = weed(table, words, heaps), tail, np.uint64(len(ring)) - ONE
        for place in range(tail, head):
            row = np.uint64(ring[place & mask])
            if table[row, SIZE] != 0 and table[row, USES] > 1:
                heaps = promote(table, words, heaps, row)
            elif table[row, SIZE] != 0 and table[row, PLACE] == place & PLACES:
                ring[end & mask], table[row, PLACE] = row, end & PLACES
                end += ONE
        registers[HEAD], registers[HEAPS] = np.int64(end), np.int64(heaps)


@compiled
def oldest_of_one_use(
    table: U32, ring: U32, words: U64, head: np.uint64, tail: np.uint64, heaps: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64]:
    """The victim if somebody was used but once, else nobody; then the new tail and the entries heaped."""
    mask = np.uint64(len(ring)) - ONE
    while tail != head:
        place, row = tail, np.uint64(ring[tail & mask])
        tail += ONE
        if table[row, SIZE] != 0:
            if table[row, USES] > 1:
                heaps = promote(table, words, heaps, row)
            elif table[row, PLACE] == place & PLACES:
                return row, tail, heaps
    return NOBODY, tail, heaps


@compiled
def least_of_heap(table: U32, words: U64, heaps: np.uint64) -> tuple[np.uint64, np.uint64]:
    """The victim if everybody was used more than once, taken out of the heap; how many entries remain."""
    while True:
        row, last = words[0] & ROW_BITS, words[1]
        if table[row, SIZE] == 0 or not np.uint64(table[row, LATE]) & HEAPED:
            heaps = drop_top(words, heaps)
        elif last_use(table, row) == last:
            return row, drop_top(words, heaps)
        else:
            first = entry(np.uint64(table[row, USES]), row)
            sift_down(words, heaps, np.uint64(0), first, last_use(table, row))


@compiled
def replay(state: State, registers: I64, ids: U32, sizes: U32, nexts: I64, log: Log) -> None:
    make_ready(state, registers, len(ids))
    table, ring, words, mask = state.table, state.ring, state.words, np.uint64(len(state.ring)) - ONE
    outcomes, ends, evicted, logging = log.outcomes, log.ends, log.evicted, len(log.outcomes) > 0
    capacity, used, now = registers[CAPACITY], registers[USED], np.uint64(registers[NOW])
    misses, miss_bytes, evictions = registers[MISSES], registers[MISS_BYTES], registers[EVICTIONS]
    head, tail, heaps = np.uint64(registers[HEAD]), np.uint64(registers[TAIL]), np.uint64(registers[HEAPS])
    for k in range(len(ids)):
        if k + AHEAD < len(ids):
            prefetch(table, FIRST + np.uint64(ids[k + AHEAD]))
        row, size = FIRST + np.uint64(ids[k]), np.int64(sizes[k])
        bytes_held, outcome = np.int64(table[row, SIZE]), HIT
        now += ONE
        if size == 0:
            outcome = forget(table, registers, row)
            used -= bytes_held
        elif bytes_held != 0:
            table[row, USES] += np.uint32(1)
            table[row, PLACE] = now
            table[row, LATE] = (np.uint64(table[row, LATE]) & HEAPED) | (now >> HALF)
        else:
            misses += 1
            miss_bytes += size
            outcome = ADMITTED if size <= capacity else REFUSAL
            if size > capacity:
                count_refusal(registers, size)
            else:
                while used + size > capacity:
                    victim, tail, heaps = oldest_of_one_use(table, ring, words, head, tail, heaps)
                    if victim == NOBODY:
                        victim, heaps = least_of_heap(table, words, heaps)
                    used -= np.int64(table[victim, SIZE])
                    table[victim, SIZE] = 0
                    if logging:
                        evicted[evictions] = victim - FIRST
                    evictions += 1
                used += size
                table[row, SIZE], table[row, PLACE] = size, head & PLACES
                table[row, USES], table[row, LATE] = 1, 0
                ring[head & mask] = row
                head += ONE
        if logging:
            outcomes[k], ends[k] = outcome, evictions
    registers[USED], registers[MISSES], registers[MISS_BYTES] = used, misses, miss_bytes
    registers[EVICTIONS], registers[NOW], registers[HEAPS] = evictions, np.int64(now), np.int64(heaps)
    registers[HEAD], registers[TAIL] = np.int64(head), np.int64(tail)


LFU = Kernel("lfu", 4, replay, needs)
