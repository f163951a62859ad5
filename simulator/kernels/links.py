"""Circular doubly linked lists of rows, each through a sentinel row: no list has an end to test for.

Column 0 of a row is the younger neighbour, column 1 the older one; the youngest is the
sentinel's next, the oldest its previous. A sentinel that links to itself is an empty list.
"""

from __future__ import annotations

import numpy as np

from simulator.kernels.compiled import compiled
from simulator.kernels.frame import U32

PREV = np.uint64(0)
NEXT = np.uint64(1)


@compiled
def unlink(table: U32, row: np.uint64) -> None:
    """Take a row out of its list."""
    before, after = np.uint64(table[row, PREV]), np.uint64(table[row, NEXT])
    table[before, NEXT] = after
    table[after, PREV] = before


@compiled
def link(table: U32, root: np.uint64, row: np.uint64) -> None:
    """Put a row at the young end of the list through ``root``."""
    young = np.uint64(table[root, NEXT])
    table[row, PREV] = root
    table[row, NEXT] = young
    table[young, PREV] = row
    table[root, NEXT] = row
