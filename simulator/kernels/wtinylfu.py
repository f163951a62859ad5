"""W-TinyLFU, compiled: lists through the rows 0 (window), 1 (probation), 2 (protected) and 3 (leaving).

Columns: the neighbours, size in bytes (0 when not held), the row of the list. The sketch lies in the words.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from caching.policies.wtinylfu import CELLS_PER_KEY, FEWEST_CELLS, WTinyLfu
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
    USED,
    Kernel,
    Log,
    Needs,
    State,
    count_refusal,
    count_removal,
)
from simulator.kernels.links import PREV, link, unlink
from simulator.kernels.prefetch import AHEAD, prefetch
from simulator.kernels.sketch import U8, count, digest_of, double, estimate, halve

SIZE, ROOT = np.uint64(2), np.uint64(3)
WINDOW, PROBATION, PROTECTED, LEAVING = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(3)
NO_SEGMENT = np.uint64(0)

IN = OWN
"""Bytes in the window, and in the three registers after it in the other lists."""
SHARE = OWN + 4
"""Bytes for the window, and in the two registers after it for the two segments."""
MAIN_SHARE = OWN + 7
LARGEST = OWN + 8
"""Objects larger than this are not admitted."""
CELLS = OWN + 9
MOST_CELLS = OWN + 10
HASHES = OWN + 11
COUNTED = OWN + 12
"""Hits counted since the counters were halved."""
SAMPLE = OWN + 13
AS_PUBLISHED = OWN + 14


def needs(registers: I64, objects: int, requests: int) -> Needs:
    """The sketch as it may be after the piece."""
    held = registers[MISSES] - registers[REFUSED] - registers[EVICTIONS] - registers[REMOVED]
    grown = min(registers[MOST_CELLS], CELLS_PER_KEY * min(objects, held + requests))
    return Needs(words=max(2 * FEWEST_CELLS, registers[CELLS], 2 * grown) // 8 + 1)


def begin(state: State, registers: I64, **options: Any) -> None:
    """The options are those of the live form."""
    live: WTinyLfu[int] = WTinyLfu(int(registers[CAPACITY]), **options)
    for root in (PROBATION, PROTECTED, LEAVING):
        state.table[root, :2] = root
    registers[SHARE : SHARE + 3] = live.window_bytes, live.probation_bytes, live.protected_bytes
    registers[MAIN_SHARE], registers[LARGEST] = live.main_bytes, live.largest_bytes
    registers[CELLS], registers[MOST_CELLS] = live.first_cells, live.most_cells
    registers[SAMPLE], registers[HASHES], registers[AS_PUBLISHED] = (
        live.sample,
        live.hashes,
        live.as_published,
    )


@compiled
def held(registers: I64) -> int:
    return int(registers[MISSES] - registers[REFUSED] - registers[EVICTIONS] - registers[REMOVED])


@compiled
def count_row(counters: U8, registers: I64, row: np.uint64) -> None:
    count(counters, np.uint64(registers[CELLS]), registers[HASHES], digest_of(row - FIRST))


@compiled
def estimate_row(counters: U8, registers: I64, row: np.uint64) -> int:
    return int(estimate(counters, np.uint64(registers[CELLS]), registers[HASHES], digest_of(row - FIRST)))


@compiled
def count_hit(counters: U8, registers: I64, row: np.uint64) -> None:
    count_row(counters, registers, row)
    registers[COUNTED] += 1
    if registers[COUNTED] >= registers[SAMPLE] * held(registers):
        halve(counters, np.uint64(registers[CELLS]))
        registers[COUNTED] = 0


@compiled
def put(table: U32, registers: I64, root: np.uint64, row: np.uint64) -> None:
    link(table, root, row)
    table[row, ROOT] = root
    registers[np.uint64(IN) + root] += np.int64(table[row, SIZE])


@compiled
def take(table: U32, registers: I64, row: np.uint64) -> None:
    unlink(table, row)
    registers[np.uint64(IN) + np.uint64(table[row, ROOT])] -= np.int64(table[row, SIZE])


@compiled
def hit(table: U32, counters: U8, registers: I64, row: np.uint64) -> None:
    root = np.uint64(table[row, ROOT])
    if root == PROBATION:
        promote(table, registers, row)
    elif root == LEAVING:
        take(table, registers, row)
        enter_main(table, registers, row)
    else:
        unlink(table, row)
        link(table, root, row)
    if root != WINDOW or registers[AS_PUBLISHED]:
        count_hit(counters, registers, row)


@compiled
def promote(table: U32, registers: I64, row: np.uint64) -> None:
    take(table, registers, row)
    put(table, registers, PROTECTED, row)
    if registers[IN + 2] <= registers[SHARE + 2]:
        return
    sink(table, registers, PROTECTED, PROBATION)
    if not registers[AS_PUBLISHED]:
        sink(table, registers, PROBATION, LEAVING)


@compiled
def sink(table: U32, registers: I64, upper: np.uint64, lower: np.uint64) -> None:
    while registers[np.uint64(IN) + upper] > registers[np.uint64(SHARE) + upper]:
        row = np.uint64(table[upper, PREV])
        take(table, registers, row)
        put(table, registers, lower, row)


@compiled
def release(table: U32, registers: I64, row: np.uint64) -> np.int64:
    """Take a row out of the cache; its size."""
    size = np.int64(table[row, SIZE])
    take(table, registers, row)
    table[row, SIZE] = 0
    registers[USED] -= size
    return size


@compiled
def forget(table: U32, registers: I64, row: np.uint64) -> int:
    """Invalidate an object; the outcome."""
    if table[row, SIZE] == 0:
        return ABSENT
    count_removal(registers, release(table, registers, row))
    return REMOVAL


@compiled
def evict(table: U32, registers: I64, row: np.uint64, evicted: U32) -> None:
    release(table, registers, row)
    if len(evicted):
        evicted[registers[EVICTIONS]] = row - FIRST
    registers[EVICTIONS] += 1


@compiled
def fits(table: U32, registers: I64, row: np.uint64) -> bool:
    return bool(registers[IN + 1] + registers[IN + 2] + np.int64(table[row, SIZE]) <= registers[MAIN_SHARE])


@compiled
def oldest_of_main(table: U32) -> np.uint64:
    """A row of the main cache; the root of the protected segment when there is none."""
    row = np.uint64(table[PROBATION, PREV])
    return np.uint64(table[PROTECTED, PREV]) if row == PROBATION else row


@compiled
def enter(table: U32, counters: U8, registers: I64, row: np.uint64) -> None:
    take(table, registers, row)
    enter_main(table, registers, row)
    if not registers[AS_PUBLISHED]:
        count_row(counters, registers, row)


@compiled
def enter_main(table: U32, registers: I64, row: np.uint64) -> None:
    root = segment(table, registers, row)
    put(table, registers, PROBATION if root == NO_SEGMENT else root, row)


@compiled
def segment(table: U32, registers: I64, row: np.uint64) -> np.uint64:
    """The lower segment that has room within its share."""
    size = np.int64(table[row, SIZE])
    if registers[IN + 1] + size <= registers[SHARE + 1]:
        return PROBATION
    if registers[IN + 2] + size <= registers[SHARE + 2]:
        return PROTECTED
    return NO_SEGMENT


@compiled
def victim(table: U32, counters: U8, registers: I64) -> np.uint64:
    """Who is leaving anyway; else fill the main cache from the window, and then who loses to whom."""
    leaving = np.uint64(table[LEAVING, PREV])
    if leaving != LEAVING:
        return leaving
    candidate = np.uint64(table[WINDOW, PREV])
    while candidate != WINDOW and fits(table, registers, candidate):
        enter(table, counters, registers, candidate)
        candidate = np.uint64(table[WINDOW, PREV])
    rival = oldest_of_main(table)
    if candidate == WINDOW:
        return rival
    if rival == PROTECTED or np.int64(table[candidate, SIZE]) > registers[MAIN_SHARE]:
        return candidate
    stronger = estimate_row(counters, registers, candidate) > estimate_row(counters, registers, rival)
    return rival if stronger else candidate


@compiled
def make_room(table: U32, counters: U8, registers: I64, size: np.int64, evicted: U32) -> None:
    while registers[USED] + size > registers[CAPACITY]:
        loser = victim(table, counters, registers)
        candidate = np.uint64(table[WINDOW, PREV])
        if candidate == loser and not registers[AS_PUBLISHED]:
            count_row(counters, registers, candidate)
        evict(table, registers, loser, evicted)
        if candidate not in (WINDOW, loser):
            if segment(table, registers, candidate) == NO_SEGMENT:
                while not fits(table, registers, candidate) and oldest_of_main(table) != PROTECTED:
                    evict(table, registers, oldest_of_main(table), evicted)
            enter(table, counters, registers, candidate)


@compiled
def miss(table: U32, counters: U8, registers: I64, row: np.uint64, size: np.int64, evicted: U32) -> int:
    """Take an object in, if it may come in; the outcome."""
    registers[MISSES] += 1
    registers[MISS_BYTES] += size
    if size > registers[LARGEST]:
        count_refusal(registers, size)
        return REFUSAL
    while table[LEAVING, PREV] != LEAVING:
        evict(table, registers, np.uint64(table[LEAVING, PREV]), evicted)
    make_room(table, counters, registers, size, evicted)
    table[row, SIZE] = size
    registers[USED] += size
    put(table, registers, WINDOW, row)
    if registers[CELLS] < min(registers[MOST_CELLS], CELLS_PER_KEY * held(registers)):
        double(counters, np.uint64(registers[CELLS]))
        registers[CELLS] *= 2
    if registers[AS_PUBLISHED]:
        count_hit(counters, registers, row)
    else:
        count_row(counters, registers, row)
    return ADMITTED


@compiled
def replay(state: State, registers: I64, ids: U32, sizes: U32, nexts: I64, log: Log) -> None:
    table, counters, outcomes = state.table, state.words.view(np.uint8), log.outcomes
    ends, evicted = log.ends, log.evicted
    for k in range(len(ids)):
        if k + AHEAD < len(ids):
            prefetch(table, FIRST + np.uint64(ids[k + AHEAD]))
        row = FIRST + np.uint64(ids[k])
        size = np.int64(sizes[k])
        if size == 0:
            outcome = forget(table, registers, row)
        elif table[row, SIZE]:
            outcome = HIT
            hit(table, counters, registers, row)
        else:
            outcome = miss(table, counters, registers, row, size, evicted)
        if len(outcomes):
            outcomes[k], ends[k] = outcome, registers[EVICTIONS]


WTINYLFU = Kernel("wtinylfu", 4, replay, needs, begin)
