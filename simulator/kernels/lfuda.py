"""LFU-DA, compiled: a hit ranks a row anew, and seldom moves anything. Arrays and columns as in ``ranks``.

Newcomers begin at an age that never falls, so they stand in the order of their ranks in a queue. Who has been
asked for again when its turn comes, goes over to the heap; many leave without.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from caching.policies.lfuda import OLD, YOUNGER, LfuDa
from simulator.kernels import queue, ranks
from simulator.kernels.compiled import compiled
from simulator.kernels.frame import (
    ADMITTED,
    CAPACITY,
    EVICTIONS,
    FIRST,
    HIT,
    I64,
    REFUSAL,
    REMOVAL,
    U32,
    U64,
    USED,
    Kernel,
    Log,
    Needs,
    State,
    count_refusal,
)
from simulator.kernels.lists import count_eviction, count_miss
from simulator.kernels.prefetch import AHEAD, prefetch
from simulator.kernels.queue import GONE, HEAD, PLACE, PLACES, SIZE, TAIL, compact, held
from simulator.kernels.ranks import (
    AGE,
    ENTRIES,
    LAST,
    NOBODY,
    NOW,
    ONE,
    RANK,
    ROOT,
    ROWS,
    USES,
    drop_top,
    least,
    push,
    remove,
    weed,
)

PUBLISHED: Final = NOW + 1
"""Register: whether the priority is as published."""


def begin(state: State, registers: I64, **options: Any) -> None:
    """The options are those of the live form."""
    registers[PUBLISHED] = LfuDa(int(registers[CAPACITY]), **options).published


def needs(registers: I64, objects: int, requests: int) -> Needs:
    """A queue and a heap that are full only now and then. Raises OverflowError as they do."""
    ranked = ranks.needs(registers, objects, requests)
    entries = int(ROOT) + 3 * held(registers) + 2 * requests
    return ranked._replace(ring=queue.needs(registers, objects, requests).ring, words=2 * entries)


@compiled
def make_ready(state: State, wide: U64, registers: I64, requests: int) -> None:
    """Make room in queue and heap for as many as a piece may bring: who is in the queue may go over."""
    queue.make_ready(state, registers, requests)
    coming = registers[HEAD] - registers[TAIL] + requests
    if 2 * (3 + registers[ENTRIES] + coming) > len(state.words):
        head, tail = np.uint64(registers[HEAD]), np.uint64(registers[TAIL])
        registers[HEAD] = np.int64(compact(state.table, state.ring, head, tail))
        weed(state.table, wide, state.words, registers)


@compiled
def real(bits: np.uint64) -> float:
    return np.uint64(bits).view(np.float64)


@compiled
def first_of_queue(state: State, wide: U64, registers: I64) -> np.uint64:
    """The oldest of those which were asked for once, or nobody; it stands at the tail."""
    table, ring, mask = state.table, state.ring, np.uint64(len(state.ring)) - ONE
    tail, head = np.uint64(registers[TAIL]), np.uint64(registers[HEAD])
    row = NOBODY
    while tail != head and row == NOBODY:
        prefetch(table, np.uint64(ring[(tail + AHEAD) & mask]))
        row = np.uint64(ring[tail & mask])
        if np.uint64(table[row, PLACE]) != tail & PLACES:
            row, tail = NOBODY, tail + ONE
        elif table[row, USES] > 1:
            table[row, PLACE] = GONE
            push(state.words, registers, wide, row)
            row, tail = NOBODY, tail + ONE
    registers[TAIL] = np.int64(tail)
    return row


@compiled
def next_victim(state: State, wide: U64, registers: I64) -> tuple[np.uint64, np.uint64]:
    """The row of the least rank, and the first of the queue. Something is held."""
    first = first_of_queue(state, wide, registers)
    return least(state.table, wide, state.words, registers, first), first


@compiled
def scale_down(state: State, wide: U64, registers: I64) -> None:
    """Make the age and all ranks younger."""
    table, ring, words, factor = state.table, state.ring, state.words, np.float64(YOUNGER)
    weed(table, wide, words, registers)
    state.reals[AGE] *= factor
    place, end = ROOT, ROOT + np.uint64(registers[ENTRIES])
    while place < end:
        row = words[(place << ONE) + ONE] & ROWS
        words[place << ONE] = wide[row, RANK] = np.float64(real(wide[row, RANK]) * factor).view(np.uint64)
        place += ONE
    place, mask = np.uint64(registers[TAIL]), np.uint64(len(ring)) - ONE
    while place != np.uint64(registers[HEAD]):
        row = np.uint64(ring[place & mask])
        if np.uint64(table[row, PLACE]) == place & PLACES:
            wide[row, RANK] = np.float64(real(wide[row, RANK]) * factor).view(np.uint64)
        place += ONE


@compiled
def catch_up(state: State, wide: U64, registers: I64) -> None:
    """Raise the age to the least rank, when it may be that none has the former."""
    if registers[USED] == 0:
        return
    row, _ = next_victim(state, wide, registers)
    state.reals[AGE] = max(state.reals[AGE], real(wide[row, RANK]))
    if state.reals[AGE] > OLD:
        scale_down(state, wide, registers)


@compiled
def hit(state: State, wide: U64, registers: I64, row: np.uint64, now: np.int64) -> None:
    age, table = state.reals[AGE], state.table
    table[row, USES] += np.uint32(1)
    wide[row, LAST] = np.uint64(now)
    if registers[PUBLISHED]:
        wide[row, RANK] = np.float64(age + np.float64(table[row, USES])).view(np.uint64)
        return
    former = real(wide[row, RANK])
    wide[row, RANK] = np.float64(former + age).view(np.uint64)
    if former == age:
        catch_up(state, wide, registers)


@compiled
def evict(state: State, wide: U64, registers: I64, evicted: U32) -> None:
    table = state.table
    row, first = next_victim(state, wide, registers)
    state.reals[AGE] = real(wide[row, RANK])
    if row != first:
        drop_top(state.words, registers)
    count_eviction(registers, row, np.int64(table[row, SIZE]), evicted)
    table[row, SIZE], table[row, PLACE] = 0, GONE
    if not registers[PUBLISHED]:
        catch_up(state, wide, registers)


@compiled
def miss(
    state: State, wide: U64, registers: I64, row: np.uint64, size: np.int64, now: np.int64, evicted: U32
) -> int:
    """Take an object in, if it may come in; the outcome."""
    count_miss(registers, size)
    if size > registers[CAPACITY]:
        count_refusal(registers, size)
        return REFUSAL
    while registers[USED] + size > registers[CAPACITY]:
        evict(state, wide, registers, evicted)
    registers[USED] += size
    table, ring, head = state.table, state.ring, np.uint64(registers[HEAD])
    ring[head & (np.uint64(len(ring)) - ONE)] = row
    registers[HEAD] += 1
    table[row, SIZE], table[row, PLACE], table[row, USES] = size, head & PLACES, 1
    wide[row, RANK] = np.float64(state.reals[AGE] + 1.0).view(np.uint64)
    wide[row, LAST] = np.uint64(now)
    return ADMITTED


@compiled
def invalidate(state: State, wide: U64, registers: I64, row: np.uint64) -> int:
    """Remove a row, which may have been the last of the least; the outcome."""
    outcome = remove(state.table, registers, row)
    if outcome == REMOVAL and real(wide[row, RANK]) == state.reals[AGE] and not registers[PUBLISHED]:
        catch_up(state, wide, registers)
    return outcome


@compiled
def replay(state: State, registers: I64, ids: U32, sizes: U32, nexts: I64, log: Log) -> None:
    table, wide = state.table, state.table.view(np.uint64)
    make_ready(state, wide, registers, len(ids))
    outcomes, ends, evicted, now = log.outcomes, log.ends, log.evicted, registers[NOW]
    for k in range(len(ids)):
        if k + AHEAD < len(ids):
            prefetch(table, FIRST + np.uint64(ids[k + AHEAD]))
        row, size = FIRST + np.uint64(ids[k]), np.int64(sizes[k])
        now += 1
        outcome = HIT
        if size == 0:
            outcome = invalidate(state, wide, registers, row)
        elif table[row, SIZE] != 0:
            hit(state, wide, registers, row, now)
        else:
            outcome = miss(state, wide, registers, row, size, now, evicted)
        if len(outcomes):
            outcomes[k], ends[k] = outcome, registers[EVICTIONS]
    registers[NOW] = now


LFUDA = Kernel("lfuda", 8, replay, needs, begin)
