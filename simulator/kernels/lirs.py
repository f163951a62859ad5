"""LIRS, compiled: the stack is a list through row 0; the resident HIR rows form a queue, through row 0 too,
and those that are not resident another one, through row 1.

Columns: neighbours on the stack, neighbours in a queue, size in bytes, standing, two unused. A row that is on
the stack and in neither queue is LIR.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from caching.policies.lirs import Lirs
from simulator.kernels.compiled import compiled
from simulator.kernels.frame import (
    ABSENT,
    ADMITTED,
    CAPACITY,
    EVICTIONS,
    FIRST,
    HIT,
    I64,
    OWN,
    REFUSAL,
    REMOVAL,
    U32,
    USED,
    Kernel,
    Log,
    State,
    count_refusal,
    count_removal,
)
from simulator.kernels.links import NEXT, PREV, link, unlink
from simulator.kernels.lists import count_eviction, count_miss
from simulator.kernels.prefetch import AHEAD, prefetch

QUEUE_PREV: Final = np.uint64(2)
QUEUE_NEXT: Final = np.uint64(3)
SIZE: Final = np.uint64(4)
STANDING: Final = np.uint64(5)

STACK: Final = np.uint64(0)
RESIDENT: Final = np.uint64(0)
GONE: Final = np.uint64(1)

# Standings, and their bits. What is held is between 0, which is nowhere, and a ghost.
STACKED: Final = 1
QUEUED: Final = 2
LIR: Final = STACKED
HIR_OFF_STACK: Final = QUEUED
HIR_ON_STACK: Final = STACKED | QUEUED
GHOST: Final = STACKED | 4

LIR_SHARE: Final = OWN
LIR_BYTES: Final = OWN + 1
STACK_BYTES: Final = OWN + 2
LARGEST: Final = OWN + 3
"""Objects larger than this are not admitted once there are LIR rows."""


def begin(state: State, registers: I64, **options: Any) -> None:
    """The options are those of the live form."""
    live: Lirs[int] = Lirs(int(registers[CAPACITY]), **options)
    state.table[GONE, QUEUE_PREV] = state.table[GONE, QUEUE_NEXT] = GONE
    registers[LIR_SHARE] = live.lir_bytes
    registers[LARGEST] = live.capacity_bytes if live.admit_large else live.hir_bytes


@compiled
def stack(table: U32, registers: I64, row: np.uint64) -> None:
    link(table, STACK, row)
    table[row, STANDING] |= np.uint32(STACKED)
    registers[STACK_BYTES] += np.int64(table[row, SIZE])


@compiled
def unstack(table: U32, registers: I64, row: np.uint64) -> None:
    unlink(table, row)
    table[row, STANDING] &= np.uint32(~STACKED & 7)
    registers[STACK_BYTES] -= np.int64(table[row, SIZE])


@compiled
def enqueue(table: U32, root: np.uint64, row: np.uint64) -> None:
    """Put a row at the young end of the queue through ``root``."""
    young = np.uint64(table[root, QUEUE_NEXT])
    table[row, QUEUE_PREV], table[row, QUEUE_NEXT] = root, young
    table[young, QUEUE_PREV] = row
    table[root, QUEUE_NEXT] = row
    table[row, STANDING] |= np.uint32(QUEUED if root == RESIDENT else GHOST)


@compiled
def dequeue(table: U32, row: np.uint64) -> None:
    before, after = np.uint64(table[row, QUEUE_PREV]), np.uint64(table[row, QUEUE_NEXT])
    table[before, QUEUE_NEXT] = after
    table[after, QUEUE_PREV] = before
    table[row, STANDING] &= np.uint32(STACKED)


@compiled
def prune(table: U32, registers: I64) -> None:
    """Take HIR rows from the bottom of the stack."""
    bottom = np.uint64(table[STACK, PREV])
    while bottom != STACK and table[bottom, STANDING] != LIR:
        if table[bottom, STANDING] == GHOST:
            dequeue(table, bottom)
        unstack(table, registers, bottom)
        bottom = np.uint64(table[STACK, PREV])


@compiled
def demote(table: U32, registers: I64) -> None:
    """Make HIR rows of the LIR rows that are too many, from the bottom."""
    while registers[LIR_BYTES] > registers[LIR_SHARE]:
        bottom = np.uint64(table[STACK, PREV])
        unstack(table, registers, bottom)
        registers[LIR_BYTES] -= np.int64(table[bottom, SIZE])
        enqueue(table, RESIDENT, bottom)
        prune(table, registers)


@compiled
def limit(table: U32, registers: I64) -> None:
    """Keep the stack to twice the capacity, forgetting those that have been non-resident the longest."""
    while registers[STACK_BYTES] > 2 * registers[CAPACITY]:
        ghost = np.uint64(table[GONE, QUEUE_PREV])
        if ghost == GONE:
            break
        dequeue(table, ghost)
        unstack(table, registers, ghost)


@compiled
def rise(table: U32, registers: I64, row: np.uint64) -> None:
    """Let a row which is nowhere be LIR."""
    stack(table, registers, row)
    registers[LIR_BYTES] += np.int64(table[row, SIZE])
    demote(table, registers)
    limit(table, registers)


@compiled
def stack_up(table: U32, registers: I64, row: np.uint64) -> None:
    """Put an HIR row on the stack, unless there is no LIR row below it."""
    if np.uint64(table[STACK, NEXT]) != STACK and np.int64(table[row, SIZE]) <= registers[LARGEST]:
        stack(table, registers, row)
        limit(table, registers)


@compiled
def hit(table: U32, registers: I64, row: np.uint64) -> None:
    standing = table[row, STANDING]
    if standing == HIR_OFF_STACK:
        dequeue(table, row)
        enqueue(table, RESIDENT, row)
        stack_up(table, registers, row)
        return
    bottom = np.uint64(table[STACK, PREV])
    unlink(table, row)
    link(table, STACK, row)
    if standing == HIR_ON_STACK:
        dequeue(table, row)
        registers[LIR_BYTES] += np.int64(table[row, SIZE])
        demote(table, registers)
    elif bottom == row:
        prune(table, registers)


@compiled
def evict(table: U32, registers: I64, evicted: U32) -> None:
    """The oldest resident HIR row goes; the bottom of the stack when there is none."""
    row = np.uint64(table[RESIDENT, QUEUE_PREV])
    if row == RESIDENT:
        row = np.uint64(table[STACK, PREV])
        unstack(table, registers, row)
        registers[LIR_BYTES] -= np.int64(table[row, SIZE])
        prune(table, registers)
    else:
        dequeue(table, row)
        if table[row, STANDING] == STACKED:
            enqueue(table, GONE, row)
    count_eviction(registers, row, np.int64(table[row, SIZE]), evicted)


@compiled
def miss(table: U32, registers: I64, row: np.uint64, size: np.int64, evicted: U32) -> int:
    """Take an object in, if it may come in; the outcome."""
    count_miss(registers, size)
    returning, large = table[row, STANDING] == GHOST, size > registers[LARGEST]
    unwanted = large and not returning and np.uint64(table[STACK, NEXT]) != STACK
    if size > registers[CAPACITY] or unwanted:
        count_refusal(registers, size)
        return REFUSAL
    if returning:
        dequeue(table, row)
        unstack(table, registers, row)
    while registers[USED] + size > registers[CAPACITY]:
        evict(table, registers, evicted)
    table[row, SIZE] = size
    registers[USED] += size
    if returning or (registers[LIR_BYTES] + size <= registers[LIR_SHARE] and not large):
        rise(table, registers, row)
    else:
        enqueue(table, RESIDENT, row)
        stack_up(table, registers, row)
    return ADMITTED


@compiled
def forget(table: U32, registers: I64, row: np.uint64) -> int:
    """Invalidate an object; the outcome. A ghost stays."""
    standing, size = table[row, STANDING], np.int64(table[row, SIZE])
    if not 0 < standing < GHOST:
        return ABSENT
    if standing & STACKED:
        unstack(table, registers, row)
    if standing & QUEUED:
        dequeue(table, row)
    else:
        registers[LIR_BYTES] -= size
        prune(table, registers)
    registers[USED] -= size
    count_removal(registers, size)
    return REMOVAL


@compiled
def replay(state: State, registers: I64, ids: U32, sizes: U32, nexts: I64, log: Log) -> None:
    table, outcomes, ends, evicted = state.table, log.outcomes, log.ends, log.evicted
    for k in range(len(ids)):
        if k + AHEAD < len(ids):
            prefetch(table, FIRST + np.uint64(ids[k + AHEAD]))
        row, size = FIRST + np.uint64(ids[k]), np.int64(sizes[k])
        standing, outcome = table[row, STANDING], HIT
        if size == 0:
            outcome = forget(table, registers, row)
        elif 0 < standing < GHOST:
            hit(table, registers, row)
        else:
            outcome = miss(table, registers, row, size, evicted)
        if len(outcomes):
            outcomes[k], ends[k] = outcome, registers[EVICTIONS]


LIRS = Kernel("lirs", 8, replay, begin=begin)
