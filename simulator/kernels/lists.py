"""What the kernels of several lists share: each list in order of age, through one of the first rows.

Columns: previous, next, size in bytes, standing (0 when neither held nor remembered, otherwise one more than
the row through which its list goes). A register for each list counts its bytes. What is held is in the first
lists, what is remembered only in those after them.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.kernels.compiled import compiled
from simulator.kernels.frame import (
    ABSENT,
    EVICTIONS,
    FIRST,
    I64,
    MISS_BYTES,
    MISSES,
    OWN,
    REMOVAL,
    U32,
    USED,
    State,
    count_removal,
)
from simulator.kernels.links import NEXT, PREV, link, unlink

SIZE: Final = np.uint64(2)
STANDING: Final = np.uint64(3)
ONE: Final = np.uint64(1)

BYTES: Final = np.uint64(OWN + 8)
"""Registers: the bytes of each list, by its row."""


def make_empty(state: State, lists: int) -> None:
    """Let the first rows be empty lists."""
    for root in range(lists):
        state.table[root, :2] = root


@compiled
def oldest(table: U32, root: np.uint64) -> np.uint64:
    """The oldest row of a list; its root when it is empty."""
    return np.uint64(table[root, PREV])


@compiled
def is_empty(table: U32, root: np.uint64) -> bool:
    return bool(np.uint64(table[root, NEXT]) == root)


@compiled
def size_of(table: U32, row: np.uint64) -> np.int64:
    return np.int64(table[row, SIZE])


@compiled
def is_held(table: U32, row: np.uint64, held: np.uint64) -> bool:
    """Whether a row is in one of the first so many lists."""
    return bool(np.uint64(table[row, STANDING]) - ONE < held)


@compiled
def enter(table: U32, registers: I64, row: np.uint64, root: np.uint64) -> None:
    """Put a row that is in no list at the young end of one."""
    link(table, root, row)
    table[row, STANDING] = root + ONE
    registers[BYTES + root] += size_of(table, row)


@compiled
def leave(table: U32, registers: I64, row: np.uint64) -> None:
    """Take a row out of its list."""
    unlink(table, row)
    registers[BYTES + np.uint64(table[row, STANDING]) - ONE] -= size_of(table, row)
    table[row, STANDING] = 0


@compiled
def refresh(table: U32, row: np.uint64, root: np.uint64) -> None:
    """Move a row to the young end of the list that it is in."""
    unlink(table, row)
    link(table, root, row)


@compiled
def forget(table: U32, registers: I64, row: np.uint64, held: np.uint64) -> int:
    """Invalidate a row; the outcome. What is remembered only stays so."""
    if not is_held(table, row, held):
        return ABSENT
    leave(table, registers, row)
    registers[USED] -= size_of(table, row)
    count_removal(registers, size_of(table, row))
    return REMOVAL


@compiled
def count_miss(registers: I64, size: np.int64) -> None:
    registers[MISSES] += 1
    registers[MISS_BYTES] += size


@compiled
def count_eviction(registers: I64, row: np.uint64, size: np.int64, evicted: U32) -> None:
    """A row that was held is not any more; it goes to the log, if there is one."""
    registers[USED] -= size
    if len(evicted):
        evicted[np.uint64(registers[EVICTIONS])] = row - FIRST
    registers[EVICTIONS] += 1
