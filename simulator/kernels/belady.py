"""Belady's MIN: the object that is asked for again last goes first. For simulation only: it knows the future.

Belady, "A study of replacement algorithms for a virtual-storage computer", IBM Systems Journal, 1966. The
fewest misses there can be when all objects are of one size; with sizes that differ it is a good bound and not
the best. What is never asked for again goes before all else, of such objects the one with the greatest id.

A heap holds an entry for each request: when the object is asked for next, and its row. An entry is void once
its time has come, and sinks; now and then the void ones are dropped.

Column: size in bytes (0 when not held).
"""

from __future__ import annotations

from typing import Final

import numpy as np

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
    REFUSED,
    REMOVAL,
    REMOVED,
    U32,
    U64,
    USED,
    Kernel,
    Log,
    Needs,
    State,
    count_refusal,
    count_removal,
)
from simulator.kernels.prefetch import AHEAD, prefetch

SIZE: Final = np.uint64(0)
ONE: Final = np.uint64(1)
ROW_BITS: Final = np.uint64(31)
ROWS: Final = np.uint64((1 << 31) - 1)
NEVER: Final = np.int64((1 << 33) - 1)
"""The latest position that an entry has room for; it stands for no request at all."""
SLACK: Final = 4
"""Entries to one that is not void, when the void ones are dropped."""
SPARE: Final = 1024
"""Entries that are too few to bother."""

ENTRIES: Final = OWN
"""Register: how many entries the heap has."""
LIMIT: Final = OWN + 1
"""Register: how many it may have before the void ones are dropped."""
NOW: Final = OWN + 2
"""Register: the position in the trace."""


def needs(registers: I64, objects: int, requests: int) -> Needs:
    """A heap with room for the void entries of what can be held after the piece."""
    held = registers[MISSES] - registers[REFUSED] - registers[EVICTIONS] - registers[REMOVED]
    return Needs(words=max(registers[LIMIT], SPARE + SLACK * min(objects, held + requests)) + 2)


@compiled
def sift_up(heap: U64, index: np.uint64, entry: np.uint64) -> None:
    while index > np.uint64(0):
        parent = (index - ONE) >> ONE
        if heap[parent] >= entry:
            break
        heap[index] = heap[parent]
        index = parent
    heap[index] = entry


@compiled
def sift_down(heap: U64, entries: np.uint64, index: np.uint64, entry: np.uint64) -> None:
    child = (index << ONE) + ONE
    while child < entries:
        if child + ONE < entries:
            child += np.uint64(heap[child + ONE] > heap[child])
        if entry >= heap[child]:
            break
        heap[index] = heap[child]
        index = child
        child = (index << ONE) + ONE
    heap[index] = entry


@compiled
def weed(table: U32, heap: U64, entries: np.uint64, now: np.int64) -> np.uint64:
    """Drop void entries; how many are left."""
    kept = np.uint64(0)
    for k in range(entries):
        entry = heap[np.uint64(k)]
        if np.int64(entry >> ROW_BITS) > now and table[entry & ROWS, SIZE]:
            heap[kept] = entry
            kept += ONE
    for k in range(kept >> ONE):
        index = (kept >> ONE) - ONE - np.uint64(k)
        sift_down(heap, kept, index, heap[index])
    return kept


@compiled
def expect(table: U32, heap: U64, registers: I64, row: np.uint64, after: np.int64) -> None:
    """Note when a row that is held is asked for next."""
    if registers[ENTRIES] == registers[LIMIT]:
        registers[ENTRIES] = np.int64(weed(table, heap, np.uint64(registers[ENTRIES]), registers[NOW]))
        registers[LIMIT] = SLACK * registers[ENTRIES] + SPARE
    sift_up(heap, np.uint64(registers[ENTRIES]), (np.uint64(min(after, NEVER)) << ROW_BITS) | row)
    registers[ENTRIES] += 1


@compiled
def farthest(table: U32, heap: U64, registers: I64) -> np.uint64:
    """The row that is asked for last; one is held. Of void entries only those of removed rows are found."""
    while True:
        row = np.uint64(heap[np.uint64(0)] & ROWS)
        if table[row, SIZE]:
            return row
        drop_top(heap, registers)


@compiled
def drop_top(heap: U64, registers: I64) -> None:
    registers[ENTRIES] -= 1
    last = np.uint64(registers[ENTRIES])
    sift_down(heap, last, np.uint64(0), heap[last])


@compiled
def forget(table: U32, registers: I64, row: np.uint64) -> int:
    size = np.int64(table[row, SIZE])
    if size == 0:
        return ABSENT
    table[row, SIZE] = 0
    registers[USED] -= size
    count_removal(registers, size)
    return REMOVAL


@compiled
def miss(table: U32, heap: U64, registers: I64, row: np.uint64, size: np.int64, evicted: U32) -> int:
    registers[MISSES] += 1
    registers[MISS_BYTES] += size
    if size > registers[CAPACITY]:
        count_refusal(registers, size)
        return REFUSAL
    while registers[USED] + size > registers[CAPACITY]:
        victim = farthest(table, heap, registers)
        drop_top(heap, registers)
        registers[USED] -= np.int64(table[victim, SIZE])
        table[victim, SIZE] = 0
        if len(evicted):
            evicted[registers[EVICTIONS]] = victim - FIRST
        registers[EVICTIONS] += 1
    registers[USED] += size
    table[row, SIZE] = size
    return ADMITTED


@compiled
def replay(state: State, registers: I64, ids: U32, sizes: U32, nexts: I64, log: Log) -> None:
    if len(nexts) < len(ids):
        raise ValueError("belady: the trace does not say when each object is asked for next")
    table, heap, outcomes, ends, evicted = state.table, state.words, log.outcomes, log.ends, log.evicted
    for k in range(len(ids)):
        if k + AHEAD < len(ids):
            prefetch(table, FIRST + np.uint64(ids[k + AHEAD]))
        row = FIRST + np.uint64(ids[k])
        size = np.int64(sizes[k])
        if size == 0:
            outcome = forget(table, registers, row)
        else:
            outcome = HIT if table[row, SIZE] else miss(table, heap, registers, row, size, evicted)
            if outcome != REFUSAL:
                expect(table, heap, registers, row, nexts[k])
        registers[NOW] += 1
        if len(outcomes):
            outcomes[k], ends[k] = outcome, registers[EVICTIONS]


BELADY = Kernel("belady", 1, replay, needs, future=True)
