"""SIEVE, compiled: an array in order of age, which the hand closes up as it moves.

From the beginning to KEPT stands what the hand has spared on this round, from HAND to HEAD what it has not
come to, newcomers last; between them is a gap. At HEAD the round is over: what was kept is the whole queue.
An entry is void unless its row knows the place; the hand is never at one that is, so that a newcomer does
not take the place of the youngest when that was removed under the hand.

Columns: size in bytes (0 when not held), place in the array with the mark of a visit.
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
    USED,
    Kernel,
    Log,
    State,
    count_refusal,
)
from simulator.kernels.prefetch import AHEAD, prefetch
from simulator.kernels.queue import ONE, PLACE, SIZE, VISITED, forget, needs

KEPT: Final = OWN
HAND: Final = OWN + 1
HEAD: Final = OWN + 2
ZERO: Final = np.uint64(0)


@compiled
def close_up(table: U32, ring: U32, start: np.uint64, stop: np.uint64, end: np.uint64) -> np.uint64:
    """Move the valid entries from ``start`` to ``stop`` down to ``end``; where they end then."""
    for place in range(start, stop):
        row = np.uint64(ring[place])
        known = np.uint64(table[row, PLACE])
        if known & ~VISITED == place:
            ring[end], table[row, PLACE] = row, end | (known & VISITED)
            end += ONE
    return end


@compiled
def make_ready(state: State, registers: I64, requests: int) -> None:
    """Make room for as many entries as a piece has requests."""
    kept, hand, head = np.uint64(registers[KEPT]), np.uint64(registers[HAND]), np.uint64(registers[HEAD])
    if registers[HEAD] + requests > len(state.ring):
        kept = close_up(state.table, state.ring, ZERO, kept, ZERO)
        registers[KEPT] = registers[HAND] = np.int64(kept)
        registers[HEAD] = np.int64(close_up(state.table, state.ring, hand, head, kept))


@compiled
def settle(
    table: U32, ring: U32, kept: np.uint64, hand: np.uint64, head: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64]:
    """Move the hand on to a valid entry; where all three are then. They are 0 when nothing is held."""
    while True:
        if hand == head:
            if kept == ZERO:
                return ZERO, ZERO, ZERO
            kept, hand, head = ZERO, ZERO, kept
        elif np.uint64(table[np.uint64(ring[hand]), PLACE]) & ~VISITED == hand:
            return kept, hand, head
        else:
            hand += ONE


@compiled
def replay(state: State, registers: I64, ids: U32, sizes: U32, nexts: I64, log: Log) -> None:
    make_ready(state, registers, len(ids))
    table, ring = state.table, state.ring
    outcomes, ends, evicted, logging = log.outcomes, log.ends, log.evicted, len(log.outcomes) > 0
    capacity, used = registers[CAPACITY], registers[USED]
    misses, miss_bytes, evictions = registers[MISSES], registers[MISS_BYTES], registers[EVICTIONS]
    kept, hand, head = np.uint64(registers[KEPT]), np.uint64(registers[HAND]), np.uint64(registers[HEAD])
    for k in range(len(ids)):
        if k + AHEAD < len(ids):
            prefetch(table, FIRST + np.uint64(ids[k + AHEAD]))
        row, size = FIRST + np.uint64(ids[k]), np.int64(sizes[k])
        held, outcome = np.int64(table[row, SIZE]), HIT
        if size == 0:
            outcome = forget(table, registers, row)
            used -= held
            kept, hand, head = settle(table, ring, kept, hand, head)
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
                    candidate = np.uint64(ring[hand])
                    place = np.uint64(table[candidate, PLACE])
                    if place == hand:
                        used -= np.int64(table[candidate, SIZE])
                        table[candidate, SIZE] = 0
                        if logging:
                            evicted[evictions] = candidate - FIRST
                        evictions += 1
                    elif place & ~VISITED == hand:
                        ring[kept], table[candidate, PLACE] = candidate, kept
                        kept += ONE
                    kept, hand, head = settle(table, ring, kept, hand + ONE, head)
                used += size
                ring[head], table[row, SIZE], table[row, PLACE] = row, size, head
                head += ONE
        if logging:
            outcomes[k], ends[k] = outcome, evictions
    registers[USED], registers[MISSES], registers[MISS_BYTES] = used, misses, miss_bytes
    registers[EVICTIONS] = evictions
    registers[KEPT], registers[HAND], registers[HEAD] = np.int64(kept), np.int64(hand), np.int64(head)


SIEVE = Kernel("sieve", 2, replay, needs)
