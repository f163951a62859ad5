"""ARC, compiled: lists through the rows 0 (T1), 1 (T2), 2 (B1) and 3 (B2).

Columns as in ``lists``. The target, p of the paper, is a real number.
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
    REFUSAL,
    U32,
    USED,
    Kernel,
    Log,
    Needs,
    State,
    count_refusal,
)
from simulator.kernels.lists import (
    BYTES,
    ONE,
    SIZE,
    STANDING,
    count_eviction,
    count_miss,
    enter,
    forget,
    is_empty,
    is_held,
    leave,
    make_empty,
    oldest,
    refresh,
    size_of,
)
from simulator.kernels.prefetch import AHEAD, prefetch

RECENT: Final = np.uint64(0)
FREQUENT: Final = np.uint64(1)
GONE_RECENT: Final = np.uint64(2)
GONE_FREQUENT: Final = np.uint64(3)
NO_GHOST: Final = np.uint64(4)
HELD: Final = np.uint64(2)
"""How many lists are of what is held."""

TARGET: Final = np.uint64(0)
"""Among the reals: the bytes that T1 should have."""


def needs(registers: I64, objects: int, requests: int) -> Needs:
    return Needs(reals=1)


def begin(state: State, registers: I64) -> None:
    make_empty(state, 4)


@compiled
def recall(state: State, registers: I64, row: np.uint64) -> np.uint64:
    """Cases II and III: move the border, and take the row from its ghosts; which those were."""
    table, target = state.table, state.reals[TARGET]
    root = np.uint64(table[row, STANDING]) - ONE
    if table[row, STANDING] == 0:
        return NO_GHOST
    recent, frequent = registers[BYTES + GONE_RECENT], registers[BYTES + GONE_FREQUENT]
    if root == GONE_RECENT:
        state.reals[TARGET] = min(target + max(frequent / recent, 1.0), float(registers[CAPACITY]))
    else:
        state.reals[TARGET] = max(target - max(recent / frequent, 1.0), 0.0)
    leave(table, registers, row)
    return root


@compiled
def evict(table: U32, registers: I64, root: np.uint64, evicted: U32) -> None:
    """The oldest of T1 or T2 goes to its ghosts."""
    row = oldest(table, root)
    leave(table, registers, row)
    enter(table, registers, row, root + GONE_RECENT)
    count_eviction(registers, row, size_of(table, row), evicted)


@compiled
def replace(state: State, registers: I64, ghosts: np.uint64, evicted: U32) -> None:
    """REPLACE of the paper."""
    over = registers[BYTES + RECENT] - state.reals[TARGET]
    root = RECENT if over > 0 or (over == 0 and ghosts == GONE_FREQUENT) else FREQUENT
    if is_empty(state.table, root):
        root = ONE - root
    evict(state.table, registers, root, evicted)


@compiled
def make_room_for_ghost(table: U32, registers: I64, size: np.int64) -> bool:
    """Case IV. Whether there is room: there is none when T1 alone is all that L1 may have."""
    once = registers[BYTES + RECENT] + registers[BYTES + GONE_RECENT]
    more = registers[BYTES + FREQUENT] + registers[BYTES + GONE_FREQUENT]
    if once + size > registers[CAPACITY]:
        if is_empty(table, GONE_RECENT):
            return False
        leave(table, registers, oldest(table, GONE_RECENT))
    elif once + more >= 2 * registers[CAPACITY] and not is_empty(table, GONE_FREQUENT):
        leave(table, registers, oldest(table, GONE_FREQUENT))
    return True


@compiled
def make_room(state: State, registers: I64, size: np.int64, ghosts: np.uint64, evicted: U32) -> None:
    """Evict for a new object that comes from these ghosts."""
    table = state.table
    while registers[USED] + size > registers[CAPACITY]:
        if ghosts != NO_GHOST or make_room_for_ghost(table, registers, size):
            replace(state, registers, ghosts, evicted)
        else:
            row = oldest(table, RECENT)
            leave(table, registers, row)
            count_eviction(registers, row, size_of(table, row), evicted)


@compiled
def miss(state: State, registers: I64, row: np.uint64, size: np.int64, evicted: U32) -> int:
    """Take an object in, if it may come in; the outcome."""
    count_miss(registers, size)
    if size > registers[CAPACITY]:
        count_refusal(registers, size)
        return REFUSAL
    ghosts = recall(state, registers, row)
    make_room(state, registers, size, ghosts, evicted)
    state.table[row, SIZE] = size
    registers[USED] += size
    enter(state.table, registers, row, RECENT if ghosts == NO_GHOST else FREQUENT)
    return ADMITTED


@compiled
def hit(table: U32, registers: I64, row: np.uint64) -> None:
    if np.uint64(table[row, STANDING]) == FREQUENT + ONE:
        refresh(table, row, FREQUENT)
    else:
        leave(table, registers, row)
        enter(table, registers, row, FREQUENT)


@compiled
def replay(state: State, registers: I64, ids: U32, sizes: U32, nexts: I64, log: Log) -> None:
    table, outcomes, ends, evicted = state.table, log.outcomes, log.ends, log.evicted
    for k in range(len(ids)):
        if k + AHEAD < len(ids):
            prefetch(table, FIRST + np.uint64(ids[k + AHEAD]))
        row, size = FIRST + np.uint64(ids[k]), np.int64(sizes[k])
        outcome = HIT
        if size == 0:
            outcome = forget(table, registers, row, HELD)
        elif is_held(table, row, HELD):
            hit(table, registers, row)
        else:
            outcome = miss(state, registers, row, size, evicted)
        if len(outcomes):
            outcomes[k], ends[k] = outcome, registers[EVICTIONS]


ARC = Kernel("arc", 4, replay, needs, begin)
