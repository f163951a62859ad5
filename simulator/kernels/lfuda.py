"""LFU-DA, compiled: a hit ranks a row anew, and seldom moves anything. Arrays as in ``ranks``."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from caching.policies.lfuda import OLD, YOUNGER, LfuDa
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
    State,
    count_refusal,
)
from simulator.kernels.lists import count_eviction, count_miss
from simulator.kernels.prefetch import AHEAD, prefetch
from simulator.kernels.ranks import (
    AGE,
    ENTRIES,
    LAST,
    NOW,
    ONE,
    RANK,
    ROOT,
    ROWS,
    SIZE,
    USES,
    drop_top,
    forget,
    least,
    make_ready,
    needs,
    push,
    weed,
)

PUBLISHED: Final = NOW + 1
"""Register: whether the priority is as published."""


def begin(state: State, registers: I64, **options: Any) -> None:
    """The options are those of the live form."""
    registers[PUBLISHED] = LfuDa(int(registers[CAPACITY]), **options).published


@compiled
def real(bits: np.uint64) -> float:
    return np.uint64(bits).view(np.float64)


@compiled
def scale_down(state: State, wide: U64, registers: I64) -> None:
    """Make the age and all ranks younger."""
    words, factor = state.words, np.float64(YOUNGER)
    weed(state.table, wide, words, registers)
    state.reals[AGE] *= factor
    place, end = ROOT, ROOT + np.uint64(registers[ENTRIES])
    while place < end:
        row = words[(place << ONE) + ONE] & ROWS
        rank = np.float64(real(wide[row, RANK]) * factor).view(np.uint64)
        wide[row, RANK] = words[place << ONE] = rank
        place += ONE


@compiled
def catch_up(state: State, wide: U64, registers: I64) -> None:
    """Raise the age to the least rank, when it may be that none has the former."""
    reals = state.reals
    if registers[USED] == 0:
        return
    row = least(state.table, wide, state.words, registers)
    reals[AGE] = max(reals[AGE], real(wide[row, RANK]))
    if reals[AGE] > OLD:
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
    table, words = state.table, state.words
    row = least(table, wide, words, registers)
    state.reals[AGE] = real(wide[row, RANK])
    drop_top(words, registers)
    count_eviction(registers, row, np.int64(table[row, SIZE]), evicted)
    table[row, SIZE] = 0
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
    state.table[row, SIZE], state.table[row, USES] = size, 1
    wide[row, RANK] = np.float64(state.reals[AGE] + 1.0).view(np.uint64)
    wide[row, LAST] = np.uint64(now)
    push(state.words, registers, wide, row)
    return ADMITTED


@compiled
def remove(state: State, wide: U64, registers: I64, row: np.uint64) -> int:
    """Invalidate a row; the outcome."""
    outcome = forget(state.table, registers, row)
    last_of_least = outcome == REMOVAL and real(wide[row, RANK]) == state.reals[AGE]
    if last_of_least and not registers[PUBLISHED]:
        catch_up(state, wide, registers)
    return outcome


@compiled
def replay(state: State, registers: I64, ids: U32, sizes: U32, nexts: I64, log: Log) -> None:
    make_ready(state, registers, len(ids))
    table, wide = state.table, state.table.view(np.uint64)
    outcomes, ends, evicted, now = log.outcomes, log.ends, log.evicted, registers[NOW]
    for k in range(len(ids)):
        if k + AHEAD < len(ids):
            prefetch(table, FIRST + np.uint64(ids[k + AHEAD]))
        row, size = FIRST + np.uint64(ids[k]), np.int64(sizes[k])
        now += 1
        outcome = HIT
        if size == 0:
            outcome = remove(state, wide, registers, row)
        elif table[row, SIZE] != 0:
            hit(state, wide, registers, row, now)
        else:
            outcome = miss(state, wide, registers, row, size, now, evicted)
        if len(outcomes):
            outcomes[k], ends[k] = outcome, registers[EVICTIONS]
    registers[NOW] = now


LFUDA = Kernel("lfuda", 8, replay, needs, begin)
