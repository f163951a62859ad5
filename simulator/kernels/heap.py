"""A binary heap of rows by uses and time, least on top, in an array of 64-bit words.

An entry is two words: the number of uses (upper half) with the row (lower half), and the time of the last
use. Uses decide, then times; no two entries of one heap have the same time.
"""

from __future__ import annotations

import numpy as np

from simulator.kernels.compiled import compiled
from simulator.kernels.frame import U64

ONE = np.uint64(1)
HALF = np.uint64(32)
ROW_BITS = np.uint64((1 << 32) - 1)


@compiled
def entry(uses: np.uint64, row: np.uint64) -> np.uint64:
    """The first word of an entry."""
    return (uses << HALF) | row


@compiled
def sift_up(words: U64, index: np.uint64, first: np.uint64, last: np.uint64) -> None:
    """Put an entry in at an index, or above it."""
    while index > np.uint64(0):
        parent = (index - ONE) >> ONE
        other, time = words[parent << ONE], words[(parent << ONE) + ONE]
        if (other >> HALF, time) <= (first >> HALF, last):
            break
        words[index << ONE], words[(index << ONE) + ONE] = other, time
        index = parent
    words[index << ONE], words[(index << ONE) + ONE] = first, last


@compiled
def sift_down(words: U64, count: np.uint64, index: np.uint64, first: np.uint64, last: np.uint64) -> None:
    """Put an entry in at an index, or below it, in a heap of so many."""
    while True:
        child = (index << ONE) + ONE
        if child >= count:
            break
        other, time = words[child << ONE], words[(child << ONE) + ONE]
        if child + ONE < count:
            right, later = words[(child + ONE) << ONE], words[((child + ONE) << ONE) + ONE]
            if (right >> HALF, later) < (other >> HALF, time):
                child, other, time = child + ONE, right, later
        if (first >> HALF, last) <= (other >> HALF, time):
            break
        words[index << ONE], words[(index << ONE) + ONE] = other, time
        index = child
    words[index << ONE], words[(index << ONE) + ONE] = first, last


@compiled
def drop_top(words: U64, count: np.uint64) -> np.uint64:
    """Take the least out; how many remain."""
    count -= ONE
    if count > np.uint64(0):
        sift_down(words, count, np.uint64(0), words[count << ONE], words[(count << ONE) + ONE])
    return count


@compiled
def heapify(words: U64, count: np.uint64) -> None:
    """Make a heap of so many entries in any order."""
    for below in range(count >> ONE):
        index = (count >> ONE) - ONE - np.uint64(below)
        sift_down(words, count, index, words[index << ONE], words[(index << ONE) + ONE])
