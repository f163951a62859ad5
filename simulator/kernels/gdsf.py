"""GDSF, compiled: a hit ranks a row anew, and moves nothing. Arrays as in ``ranks``."""

from __future__ import annotations

import numpy as np

from caching.policies.gdsf import COST
from simulator.kernels.compiled import compiled
from simulator.kernels.frame import (
    ADMITTED,
    CAPACITY,
    EVICTIONS,
    FIRST,
    HIT,
    I64,
    REFUSAL,
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
from simulator.kernels.queue import GONE, PLACE, SIZE
from simulator.kernels.ranks import (
    AGE,
    LAST,
    NOW,
    RANK,
    USES,
    drop_top,
    least,
    make_ready,
    needs,
    push,
    remove,
)


@compiled
def use(state: State, wide: U64, row: np.uint64, uses: np.uint32, size: np.int64, now: np.int64) -> None:
    """Rank a row by so many uses, of which this one is the last."""
    rank = np.float64(state.reals[AGE] + np.float64(uses) * COST / np.float64(size))
    state.table[row, USES] = uses
    wide[row, RANK], wide[row, LAST] = rank.view(np.uint64), np.uint64(now)


@compiled
def miss(
    state: State, wide: U64, registers: I64, row: np.uint64, size: np.int64, now: np.int64, evicted: U32
) -> int:
    """Let a newcomer compete for its own place; the outcome."""
    count_miss(registers, size)
    if size > registers[CAPACITY]:
        count_refusal(registers, size)
        return REFUSAL
    table, words, reals = state.table, state.words, state.reals
    use(state, wide, row, np.uint32(1), size, now)
    while registers[USED] + size > registers[CAPACITY]:
        victim = least(table, wide, words, registers, row)
        reals[AGE] = np.uint64(wide[victim, RANK]).view(np.float64)
        if victim == row:
            count_refusal(registers, size)
            return REFUSAL
        drop_top(words, registers)
        count_eviction(registers, victim, np.int64(table[victim, SIZE]), evicted)
        table[victim, SIZE] = 0
    table[row, SIZE], table[row, PLACE] = size, GONE
    registers[USED] += size
    push(words, registers, wide, row)
    return ADMITTED


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
            outcome = remove(table, registers, row)
        elif table[row, SIZE] != 0:
            use(state, wide, row, table[row, USES] + np.uint32(1), np.int64(table[row, SIZE]), now)
        else:
            outcome = miss(state, wide, registers, row, size, now, evicted)
        if len(outcomes):
            outcomes[k], ends[k] = outcome, registers[EVICTIONS]
    registers[NOW] = now


GDSF = Kernel("gdsf", 8, replay, needs)
