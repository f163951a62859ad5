"""Rows by a rank which only rises, least on top: what the kernels share that rank objects by a number.

The rank of a row, a real number that isn't negative, stands in the row, with the time of the last request.
An entry of the heap holds both as they once were: it tells the truth or too little, and is put right when it
comes to the top. What is removed leaves its entry behind, so that a row may have several; one of them tells
no more than the truth.

An entry is two words: the bits of the rank, which are in the order of the ranks, and the time with the row. A
node has four children, which lie in one cache line: the root is entry 3, its children are 4 to 7, and so on.

Columns: size in bytes (0 when not held), the place in the kernel's queue or that of none, rank (two), time of
the last request (two), uses, mark.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.kernels.compiled import compiled
from simulator.kernels.frame import (
    FIRST_ROW,
    I64,
    U32,
    U64,
    USED,
    Needs,
    State,
)
from simulator.kernels.queue import GONE, PLACE, SIZE, SPAN, forget, held

RANK: Final = np.uint64(1)
"""Of the columns of 64 bits, as are the times."""
LAST: Final = np.uint64(2)
USES: Final = np.uint64(6)
MARK: Final = np.uint64(7)

ENTRIES: Final = SPAN + 1
"""Register: how many entries the heap has."""
NOW: Final = SPAN + 2
"""Register: how many requests there have been."""
AGE: Final = np.uint64(0)
"""Among the reals: the age of which the policies speak."""

ROW_BITS: Final = 29
TIME_BITS: Final = 64 - ROW_BITS
SHIFT: Final = np.uint64(ROW_BITS)
ROWS: Final = np.uint64((1 << ROW_BITS) - 1)
ROOT: Final = np.uint64(3)
NOBODY: Final = np.uint64(0)
ONE, TWO, FOUR, EIGHT = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(8)


def needs(registers: I64, objects: int, requests: int) -> Needs:
    """A heap that has to be weeded only now and then. Raises OverflowError when rows or times run out."""
    if objects + FIRST_ROW > 1 << ROW_BITS:
        raise OverflowError(f"a trace of {objects} objects: at most 2**{ROW_BITS} can be ranked")
    if int(registers[NOW]) + requests >= 1 << TIME_BITS:
        raise OverflowError(f"a trace of more than 2**{TIME_BITS} requests: so many can't be ranked")
    return Needs(words=2 * (int(ROOT) + 3 * held(registers) + 2 * requests), reals=1)


@compiled
def sift_up(words: U64, place: np.uint64, first: np.uint64, second: np.uint64) -> None:
    """Put an entry in at a place, or above it."""
    while place > ROOT:
        parent = (place >> TWO) + TWO
        above, below = words[parent << ONE], words[(parent << ONE) + ONE]
        if (above, below) < (first, second):
            break
        words[place << ONE], words[(place << ONE) + ONE] = above, below
        place = parent
    words[place << ONE], words[(place << ONE) + ONE] = first, second


@compiled
def sift_down(words: U64, end: np.uint64, place: np.uint64, first: np.uint64, second: np.uint64) -> None:
    """Put an entry in at a place, or below it, in a heap that ends before a place."""
    child = (place << TWO) - EIGHT
    while child < end:
        least, stop = child, min(child + FOUR, end)
        while child + ONE < stop:
            child += ONE
            if (words[child << ONE], words[(child << ONE) + ONE]) < (
                words[least << ONE],
                words[(least << ONE) + ONE],
            ):
                least = child
        if (first, second) < (words[least << ONE], words[(least << ONE) + ONE]):
            break
        words[place << ONE], words[(place << ONE) + ONE] = words[least << ONE], words[(least << ONE) + ONE]
        place, child = least, (least << TWO) - EIGHT
    words[place << ONE], words[(place << ONE) + ONE] = first, second


@compiled
def push(words: U64, registers: I64, wide: U64, row: np.uint64) -> None:
    """Let the heap have a true entry of a row."""
    end = ROOT + np.uint64(registers[ENTRIES])
    sift_up(words, end, wide[row, RANK], (wide[row, LAST] << SHIFT) | row)
    registers[ENTRIES] += 1


@compiled
def drop_top(words: U64, registers: I64) -> None:
    registers[ENTRIES] -= 1
    end = ROOT + np.uint64(registers[ENTRIES])
    if end > ROOT:
        sift_down(words, end, ROOT, words[end << ONE], words[(end << ONE) + ONE])


@compiled
def least(table: U32, wide: U64, words: U64, registers: I64, rival: np.uint64) -> np.uint64:
    """The row of the least rank, of equals the one asked for longest ago: a rival, or the top of the heap.

    The rival is a row that isn't in the heap, or nobody; one of both there must be.
    """
    while rival == NOBODY or registers[ENTRIES] != 0:
        first, second = words[ROOT << ONE], words[(ROOT << ONE) + ONE]
        row = np.uint64(second & ROWS)
        if rival != NOBODY and (wide[rival, RANK], (wide[rival, LAST] << SHIFT) | rival) < (first, second):
            break
        if table[row, SIZE] == 0:
            drop_top(words, registers)
        elif wide[row, LAST] != second >> SHIFT:
            end = ROOT + np.uint64(registers[ENTRIES])
            sift_down(words, end, ROOT, wide[row, RANK], (wide[row, LAST] << SHIFT) | row)
        else:
            return row
    return rival


@compiled
def weed(table: U32, wide: U64, words: U64, registers: I64) -> None:
    """Leave one entry, a true one, of each row that is held and not in the queue."""
    place, end = ROOT, ROOT
    stop = ROOT + np.uint64(registers[ENTRIES])
    while place < stop:
        row = words[(place << ONE) + ONE] & ROWS
        if table[row, SIZE] != 0 and np.uint64(table[row, PLACE]) == GONE and table[row, MARK] == 0:
            table[row, MARK] = 1
            words[end << ONE], words[(end << ONE) + ONE] = wide[row, RANK], (wide[row, LAST] << SHIFT) | row
            end += ONE
        place += ONE
    registers[ENTRIES] = np.int64(end - ROOT)
    place = end
    while place > ROOT:
        place -= ONE
        first, second = words[place << ONE], words[(place << ONE) + ONE]
        table[second & ROWS, MARK] = 0
        sift_down(words, end, place, first, second)


@compiled
def make_ready(state: State, registers: I64, requests: int) -> None:
    """Make room for as many entries as a piece may bring."""
    if 2 * (3 + registers[ENTRIES] + requests) > len(state.words):
        weed(state.table, state.table.view(np.uint64), state.words, registers)


@compiled
def remove(table: U32, registers: I64, row: np.uint64) -> int:
    """Invalidate a row; the outcome. Its entry is dropped when it comes to the top."""
    registers[USED] -= np.int64(table[row, SIZE])
    return forget(table, registers, row)
