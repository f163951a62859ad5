"""The LRU stack of a trace, by bytes: how large a cache each request would have needed to be a hit.

A request hits in every LRU cache that has room for the object and all that was asked for since. Objects
have slots in the order of their last request; a Fenwick tree over the slots sums the bytes between two of
them in logarithmic time, shorter the nearer they are. When the slots are used up the free ones are squeezed
out, so that memory goes with the objects, not with the requests.

R. L. Mattson et al., "Evaluation techniques for storage hierarchies", IBM Systems Journal 9 (2), 1970; the
tree: B. T. Bennett and V. J. Kruskal, "LRU stack processing", IBM Journal of Research and Development 19
(4), 1975.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from simulator.kernels.frame import I64, PIECE, U32, pieces

_ONE = np.uint64(1)


class Slots(NamedTuple):
    """The stack; slot 0 is nobody's."""

    tree: I64
    """Fenwick sums of the bytes in the slots."""
    owner: U32
    """Whose slot it is, or was."""
    bytes: U32
    """The owner's size."""


class Tally(NamedTuple):
    """Hits by the smallest of some capacities that has them; cumulated they are the hits of each."""

    capacities: I64
    """In bytes, ascending."""
    hits: I64
    hit_bytes: I64


class Stack:
    """Feed it a trace, and see the tally. ``scale`` is what a byte stands for, more than 1 in a sample."""

    def __init__(self, capacities_bytes: I64, scale: float = 1.0) -> None:
        count = len(capacities_bytes)
        self.tally = Tally(capacities_bytes, np.zeros(count, np.int64), np.zeros(count, np.int64))
        self._scale = scale
        self._slots = _room(0)
        self._slot_of: U32 = np.zeros(0, np.uint32)
        self._now = 0

    def feed(self, ids: U32, sizes: U32, objects: int) -> None:
        """Some requests in order; all ids so far are below ``objects``."""
        if objects > len(self._slot_of):
            more = np.zeros(max(objects - len(self._slot_of), len(self._slot_of)), np.uint32)
            self._slot_of = np.concatenate([self._slot_of, more])
        for part in pieces(len(ids), PIECE):
            needed = self._now + len(ids[part])
            if needed >= len(self._slots.tree):
                self._squeeze(len(ids[part]))
            self._now = _walk(
                self._slots, self._slot_of, self._now, ids[part], sizes[part], self._scale, self.tally
            )

    def _squeeze(self, coming: int) -> None:
        live = int(np.count_nonzero(self._slot_of))
        slots = _room(2 * live + coming)
        self._now = _squeezed(self._slots, self._slot_of, self._now, slots)
        self._slots = slots


def _room(count: int) -> Slots:
    count = max(count, 1 << 10) + 1
    return Slots(np.zeros(count, np.int64), np.zeros(count, np.uint32), np.zeros(count, np.uint32))


@njit(nogil=True, cache=True)
def _walk(slots: Slots, slot_of: U32, now: int, ids: U32, sizes: U32, scale: float, tally: Tally) -> int:
    tree = slots.tree
    for n in range(len(ids)):
        key, size = np.uint64(ids[n]), int(sizes[n])
        slot = int(slot_of[key])
        if slot != 0:
            needed = int(_between(tree, slot, now) * scale) + size
            first = np.searchsorted(tally.capacities, needed)
            if first < len(tally.capacities):
                tally.hits[first] += 1
                tally.hit_bytes[first] += size
        now += 1
        _put(tree, slot, int(slots.bytes[slot]), now, size)
        slot_of[key], slots.owner[now], slots.bytes[now] = now, key, size
    return now


@njit(nogil=True, cache=True)
def _between(tree: I64, slot: int, now: int) -> int:
    """The bytes in the slots after ``slot`` up to ``now``."""
    low, high = np.uint64(slot), np.uint64(now)
    total = np.int64(0)
    while high > low:
        total += tree[high]
        high &= high - _ONE
    while low > high:
        total -= tree[low]
        low &= low - _ONE
    return int(total)


@njit(nogil=True, cache=True)
def _put(tree: I64, old: int, old_bytes: int, new: int, new_bytes: int) -> None:
    """Take bytes out of one slot (0: none) and put some in another. Their ways up the tree meet soon."""
    end = np.uint64(len(tree))
    low, high = np.uint64(old) if old else end, np.uint64(new)
    while low != high:
        if low < high:
            tree[low] -= old_bytes
            low = min(low + (low & (~low + _ONE)), end)
        else:
            tree[high] += new_bytes
            high = min(high + (high & (~high + _ONE)), end)
    difference = new_bytes - old_bytes
    while difference != 0 and high < end:
        tree[high] += difference
        high += high & (~high + _ONE)


@njit(nogil=True, cache=True)
def _squeezed(old: Slots, slot_of: U32, now: int, new: Slots) -> int:
    """Move the slots that are still somebody's, in order, to others; returns how many they are."""
    count = 0
    for slot in range(1, now + 1):
        owner = old.owner[slot]
        if slot_of[owner] == slot:
            count += 1
            slot_of[owner], new.owner[count], new.bytes[count] = count, owner, old.bytes[slot]
    end = np.uint64(len(new.tree))
    for slot in range(1, len(new.tree)):
        place = np.uint64(slot)
        new.tree[place] += new.bytes[place]
        above = place + (place & (~place + _ONE))
        if above < end:
            new.tree[above] += new.tree[place]
    return count
