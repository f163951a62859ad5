"""Objects numbered in the order of their first request, by a compiled hash table.

A row of the table is 16 bytes, so that a request touches one cache line: the key, and in one word the
object's size, its number and whether it was asked for more than once. Linear probing, at most half full.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from simulator.splitmix import mixed
from simulator.traces.requests import I64, U32, U64

KEY, WORD = np.uint64(0), np.uint64(1)
_ONE = np.uint64(1)
_NUMBER = np.uint64(0x7FFFFFFF)
_SIZE = np.uint64(32)
# Counts of the compiled loop.
_OBJECTS, _BYTES, _SINGLES, _RESIZED = range(4)


class Numbering:
    """Numbers, and what there is to know of the objects."""

    def __init__(self) -> None:
        self._rows: U64 = np.zeros((1 << 16, 2), np.uint64)
        self._counts: I64 = np.zeros(4, np.int64)

    @property
    def objects(self) -> int:
        return int(self._counts[_OBJECTS])

    @property
    def unique_bytes(self) -> int:
        """The sum of the objects' first sizes."""
        return int(self._counts[_BYTES])

    @property
    def singles(self) -> int:
        """Objects asked for once."""
        return int(self._counts[_SINGLES])

    @property
    def resized(self) -> int:
        """Requests with another size than the largest that the object had before."""
        return int(self._counts[_RESIZED])

    def number(self, keys: U64, sizes: U32) -> U32:
        """The numbers of the objects of some requests. Raises OverflowError at 2**31 objects."""
        ids = np.empty(len(keys), np.uint32)
        start = 0
        while (start := _number(self._rows, self._counts, keys, sizes, ids, start)) < len(keys):
            if self.objects >= int(_NUMBER):
                raise OverflowError("more than 2**31 - 1 objects")
            wider = np.zeros((4 * len(self._rows), 2), np.uint64)
            _move(self._rows, wider)
            self._rows = wider
        return ids

    def sizes(self) -> U32:
        """The largest size with which each object was asked for, by number."""
        out = np.zeros(self.objects, np.uint32)
        _largest(self._rows, out)
        return out


@njit(nogil=True, cache=True)
def _number(rows: U64, counts: I64, keys: U64, sizes: U32, ids: U32, start: int) -> int:
    """Number the requests from ``start`` on; returns where the table was too full to go on."""
    mask = np.uint64(len(rows) - 1)
    objects, unique_bytes, singles, resized = counts[0], counts[1], counts[2], counts[3]
    limit = min(len(rows) // 2, np.int64(_NUMBER))
    i = start
    while i < len(keys) and objects < limit:
        key, size = keys[i], np.uint64(sizes[i])
        slot = mixed(key) & mask
        word = rows[slot, WORD]
        while word != 0 and rows[slot, KEY] != key:
            slot = (slot + _ONE) & mask
            word = rows[slot, WORD]
        if word == 0:
            objects += 1
            singles += 1
            unique_bytes += np.int64(size)
            rows[slot, KEY] = key
            word = (np.uint64(objects) << _ONE) | (size << _SIZE)
            rows[slot, WORD] = word
        else:
            if word & _ONE == 0:
                singles -= 1
                word |= _ONE
            resized += word >> _SIZE != size
            if size > word >> _SIZE:
                word = (word & np.uint64(0xFFFFFFFF)) | (size << _SIZE)
            rows[slot, WORD] = word
        ids[i] = np.uint32(((word >> _ONE) & _NUMBER) - _ONE)
        i += 1
    counts[0], counts[1], counts[2], counts[3] = objects, unique_bytes, singles, resized
    return i


@njit(nogil=True, cache=True)
def _move(rows: U64, wider: U64) -> None:
    mask = np.uint64(len(wider) - 1)
    for old in range(len(rows)):
        if rows[old, WORD] != 0:
            slot = mixed(rows[old, KEY]) & mask
            while wider[slot, WORD] != 0:
                slot = (slot + _ONE) & mask
            wider[slot, KEY], wider[slot, WORD] = rows[old, KEY], rows[old, WORD]


@njit(nogil=True, cache=True)
def _largest(rows: U64, sizes: U32) -> None:
    for row in range(len(rows)):
        word = rows[row, WORD]
        if word != 0:
            sizes[((word >> _ONE) & _NUMBER) - _ONE] = np.uint32(word >> _SIZE)
