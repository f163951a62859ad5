"""LRU, compiled: a log of all requests, whose oldest entries that are still the last of their row go first.

A request adds its row to the young end of a queue, and so makes the row's entry before that void. This writes
one row and the end of an array; a linked list would write the row's neighbours as well, and would find each
victim by way of the one before it, waiting for memory. The old end is looked through some entries at a time,
without a branch: those that were found valid are asked once more when their turn comes.

Columns: size in bytes (0 when not held), place in the ring.
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
from simulator.kernels.prefetch import AHEAD, prefetch
from simulator.kernels.queue import HEAD, ONE, PLACE, PLACES, SIZE, TAIL, forget, make_ready
from simulator.kernels.queue import needs as queue_needs

WINDOW: Final = 32
"""Entries looked through at a time."""


@compiled
def look_through(table: U32, ring: U32, tail: np.uint64, stop: np.uint64, valid: U64) -> np.uint64:
    """Write down which places from ``tail`` to ``stop`` hold valid entries; how many there are."""
    mask, found, place = np.uint64(len(ring)) - ONE, np.uint64(0), tail
    while place < stop:
        prefetch(table, np.uint64(ring[(place + np.uint64(WINDOW)) & mask]))
        row = np.uint64(ring[place & mask])
        valid[found] = place
        found += np.uint64(table[row, PLACE] == place & PLACES)
        place += ONE
    return found


@compiled
def find_oldest(
    table: U32, ring: U32, head: np.uint64, tail: np.uint64, valid: U64, found: np.uint64, turn: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """The least recently used row, and where the search is now: tail, found, turn. Something is held."""
    mask = np.uint64(len(ring)) - ONE
    while True:
        if turn == found:
            stop = min(tail + np.uint64(WINDOW), head)
            found, turn = look_through(table, ring, tail, stop, valid), np.uint64(0)
            tail = stop
        else:
            place = valid[turn]
            turn += ONE
            row = np.uint64(ring[place & mask])
            if table[row, PLACE] == place & PLACES:
                return row, tail, found, turn


@compiled
def replay(state: State, registers: I64, ids: U32, sizes: U32, nexts: I64, log: Log) -> None:
    make_ready(state, registers, len(ids))
    table, ring, mask = state.table, state.ring, np.uint64(len(state.ring)) - ONE
    outcomes, ends, evicted, logging = log.outcomes, log.ends, log.evicted, len(log.outcomes) > 0
    capacity, used = registers[CAPACITY], registers[USED]
    misses, miss_bytes, evictions = registers[MISSES], registers[MISS_BYTES], registers[EVICTIONS]
    head, tail = np.uint64(registers[HEAD]), np.uint64(registers[TAIL])
    valid, found, turn = state.words, np.uint64(0), np.uint64(0)
    for k in range(len(ids)):
        if k + AHEAD < len(ids):
            prefetch(table, FIRST + np.uint64(ids[k + AHEAD]))
        row, size = FIRST + np.uint64(ids[k]), np.int64(sizes[k])
        held, outcome = np.int64(table[row, SIZE]), HIT
        if size == 0:
            outcome = forget(table, registers, row)
            used -= held
        elif size > capacity and held == 0:
            outcome = REFUSAL
            misses += 1
            miss_bytes += size
            count_refusal(registers, size)
        else:
            ring[head & mask], table[row, PLACE] = row, head & PLACES
            head += ONE
            if held == 0:
                outcome = ADMITTED
                misses += 1
                miss_bytes += size
                used += size
                table[row, SIZE] = size
                # The newcomer is the youngest entry: room is made long before its turn would come.
                while used > capacity:
                    oldest, tail, found, turn = find_oldest(table, ring, head, tail, valid, found, turn)
                    used -= np.int64(table[oldest, SIZE])
                    table[oldest, SIZE] = 0
                    if logging:
                        evicted[evictions] = oldest - FIRST
                    evictions += 1
        if logging:
            outcomes[k], ends[k] = outcome, evictions
    tail = valid[turn] if turn != found else tail
    registers[USED], registers[MISSES], registers[MISS_BYTES] = used, misses, miss_bytes
    registers[EVICTIONS], registers[HEAD], registers[TAIL] = evictions, np.int64(head), np.int64(tail)


def needs(registers: I64, objects: int, requests: int) -> Needs:
    """The queue's, and a place for the window."""
    return queue_needs(registers, objects, requests)._replace(words=WINDOW)


LRU = Kernel("lru", 2, replay, needs)
