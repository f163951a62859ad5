"""A queue of rows in a ring, for the policies that take their victims from its old end.

Places are counted up for ever and taken modulo the ring's length, a power of two. A row knows its own place,
so whatever else stands in the ring for it is void: a policy that moves a row to the young end simply adds
it there once more, and one that forgets a row marks it as gone. Void entries are dropped when the old end
comes to them, or when the ring is full. Room for a piece is made before it: no loop need ask for the end.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.kernels.compiled import compiled
from simulator.kernels.frame import (
    ABSENT,
    EVICTIONS,
    I64,
    MISSES,
    OWN,
    REFUSED,
    REMOVAL,
    REMOVED,
    U32,
    Needs,
    State,
    count_removal,
)

HEAD: Final = OWN
"""Register: the place after the youngest."""
TAIL: Final = OWN + 1
"""Register: the place of the oldest."""
SPAN: Final = OWN + 2
"""Register: the ring's length when it was last looked at."""

SIZE: Final = np.uint64(0)
"""Column: bytes, 0 when not held."""
PLACE: Final = np.uint64(1)
"""Column: the place in the ring and two marks."""
LONGEST: Final = 1 << 30
"""Entries that a ring can have at most, and so more than a cache can have objects."""
PLACES: Final = np.uint64(LONGEST - 1)
"""The bits of a place."""
GONE: Final = np.uint64(1 << 30)
"""The mark of a row which was removed: no entry is valid."""
VISITED: Final = np.uint64(1 << 31)
"""The mark of a row which was asked for again."""

ONE: Final = np.uint64(1)


def power_of_two(least: int) -> int:
    """The smallest power of two that is not below."""
    return 1 << max(least - 1, 0).bit_length()


def held(registers: I64) -> int:
    """How many objects are held."""
    misses, refused, evictions, removed = registers[[MISSES, REFUSED, EVICTIONS, REMOVED]].tolist()
    return int(misses - refused - evictions - removed)


def needs(registers: I64, objects: int, requests: int) -> Needs:
    """A ring that is full only now and then, however the piece turns out.

    Raises OverflowError when there are more objects than a place can tell apart.
    """
    if held(registers) + requests > LONGEST:
        raise OverflowError(f"a cache of {held(registers)} objects: at most 2**30 can be replayed")
    return Needs(ring=min(power_of_two(4 * held(registers) + 2 * requests), LONGEST))


@compiled
def spread(ring: U32, head: np.uint64, tail: np.uint64, span: np.uint64) -> None:
    """After the ring has grown: bring each entry to where its place is now."""
    before, now = span - ONE, np.uint64(len(ring)) - ONE
    place = tail
    while place != head:
        ring[place & now] = ring[place & before]
        place += ONE


@compiled
def compact(table: U32, ring: U32, head: np.uint64, tail: np.uint64) -> np.uint64:
    """Drop void entries; the new place after the youngest."""
    mask = np.uint64(len(ring)) - ONE
    place = end = tail
    while place != head:
        row = np.uint64(ring[place & mask])
        known = np.uint64(table[row, PLACE])
        if known & ~VISITED == place & PLACES:
            ring[end & mask] = row
            table[row, PLACE] = (known & VISITED) | (end & PLACES)
            end += ONE
        place += ONE
    return end


@compiled
def make_ready(state: State, registers: I64, requests: int) -> None:
    """Make room for as many entries as a piece has requests."""
    head, tail, span = np.uint64(registers[HEAD]), np.uint64(registers[TAIL]), np.uint64(registers[SPAN])
    length = np.uint64(len(state.ring))
    if length != span:
        spread(state.ring, head, tail, span)
        registers[SPAN] = np.int64(length)
    if head - tail + np.uint64(requests) > length:
        registers[HEAD] = np.int64(compact(state.table, state.ring, head, tail))


@compiled
def forget(table: U32, registers: I64, row: np.uint64) -> int:
    """Invalidate a row; the outcome. Its entry in the ring, if there is one, is void from now on."""
    size = np.int64(table[row, SIZE])
    if size == 0:
        return ABSENT
    table[row, SIZE], table[row, PLACE] = 0, GONE
    count_removal(registers, size)
    return REMOVAL
