"""Who would go next, for each kernel, and what is held: what an admission rule asks before the kernel runs.

``victim`` of a live policy does such work of an eviction as moving a hand or sparing what was asked for, and
these functions do the same to a kernel's state between two calls of it. Something is held when they are
called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from simulator.kernels import (
    arc,
    heap,
    lfu,
    lfuda,
    links,
    lirs,
    lists,
    queue,
    ranks,
    s3fifo,
    sieve,
    slru,
    twoq,
    wtinylfu,
)
from simulator.kernels.compiled import compiled
from simulator.kernels.frame import I64, U32, State
from simulator.kernels.queue import HEAD, ONE, PLACE, PLACES, TAIL, VISITED


class Door(NamedTuple):
    """What there is to know of a kernel at its door."""

    holds: Callable[[U32, np.uint64], bool]
    """Whether a row of the table is held."""
    victim: Callable[[State, I64], np.uint64]
    """The row that would go next."""


@compiled
def has_size(table: U32, row: np.uint64) -> bool:
    return bool(table[row, queue.SIZE] != 0)


@compiled
def stands(table: U32, row: np.uint64) -> bool:
    return bool(table[row, lists.STANDING] != 0)


@compiled
def in_two_lists(table: U32, row: np.uint64) -> bool:
    return lists.is_held(table, row, twoq.HELD)


@compiled
def resident(table: U32, row: np.uint64) -> bool:
    return bool(0 < table[row, lirs.STANDING] < lirs.GHOST)


@compiled
def in_small_or_main(table: U32, row: np.uint64) -> bool:
    return bool(table[row, s3fifo.STATE] & s3fifo.HELD)


@compiled
def has_linked_size(table: U32, row: np.uint64) -> bool:
    return bool(table[row, wtinylfu.SIZE] != 0)


@compiled
def first_in_ring(state: State, registers: I64) -> np.uint64:
    """FIFO and LRU: the first valid entry."""
    table, ring, mask = state.table, state.ring, np.uint64(len(state.ring)) - ONE
    tail = np.uint64(registers[TAIL])
    row = np.uint64(ring[tail & mask])
    while np.uint64(table[row, PLACE]) != tail & PLACES:
        tail += ONE
        row = np.uint64(ring[tail & mask])
    registers[TAIL] = np.int64(tail)
    return row


@compiled
def first_unvisited(state: State, registers: I64) -> np.uint64:
    """CLOCK: spare what was asked for. Each that is spared leaves a place, so the ring has one for it."""
    table, ring, mask = state.table, state.ring, np.uint64(len(state.ring)) - ONE
    head, tail = np.uint64(registers[HEAD]), np.uint64(registers[TAIL])
    row = np.uint64(ring[tail & mask])
    while np.uint64(table[row, PLACE]) != tail & PLACES:
        if np.uint64(table[row, PLACE]) & ~VISITED == tail & PLACES:
            table[row, PLACE] = head & PLACES
            ring[head & mask] = row
            head += ONE
        tail += ONE
        row = np.uint64(ring[tail & mask])
    registers[HEAD], registers[TAIL] = np.int64(head), np.int64(tail)
    return row


@compiled
def at_the_hand(state: State, registers: I64) -> np.uint64:
    """SIEVE: move the hand over what was asked for."""
    table, ring = state.table, state.ring
    kept, hand, head = (
        np.uint64(registers[sieve.KEPT]),
        np.uint64(registers[sieve.HAND]),
        np.uint64(registers[sieve.HEAD]),
    )
    row = np.uint64(ring[hand])
    while np.uint64(table[row, PLACE]) != hand:
        if np.uint64(table[row, PLACE]) & ~VISITED == hand:
            ring[kept], table[row, PLACE] = row, kept
            kept += ONE
        kept, hand, head = sieve.settle(table, ring, kept, hand + ONE, head)
        row = np.uint64(ring[hand])
    registers[sieve.KEPT], registers[sieve.HAND] = np.int64(kept), np.int64(hand)
    registers[sieve.HEAD] = np.int64(head)
    return row


@compiled
def least_used(state: State, registers: I64) -> np.uint64:
    """LFU: the eviction's search, and what it takes out is put back."""
    lfu.make_ready(state, registers, 1)
    table, words, heaps = state.table, state.words, np.uint64(registers[lfu.HEAPS])
    head, tail = np.uint64(registers[HEAD]), np.uint64(registers[TAIL])
    row, tail, heaps = lfu.oldest_of_one_use(table, state.ring, words, head, tail, heaps)
    if row == lfu.NOBODY:
        row, heaps = lfu.least_of_heap(table, words, heaps)
        heap.sift_up(words, heaps, heap.entry(np.uint64(table[row, lfu.USES]), row), lfu.last_use(table, row))
        heaps += ONE
    else:
        tail -= ONE
    registers[TAIL], registers[lfu.HEAPS] = np.int64(tail), np.int64(heaps)
    return np.uint64(row)


@compiled
def lowest_oldest(state: State, registers: I64) -> np.uint64:
    """SLRU: the oldest of the lowest list that isn't empty."""
    root = slru.LEAVING
    while lists.is_empty(state.table, root):
        root += ONE
    return lists.oldest(state.table, root)


@compiled
def waiting_or_main(state: State, registers: I64) -> np.uint64:
    """2Q."""
    table = state.table
    over = registers[lists.BYTES + twoq.WAITING] > registers[twoq.IN_SHARE]
    first = over or lists.is_empty(table, twoq.MAIN)
    waiting = first and not lists.is_empty(table, twoq.WAITING)
    return lists.oldest(table, twoq.WAITING if waiting else twoq.MAIN)


@compiled
def replaced(state: State, registers: I64) -> np.uint64:
    """ARC: REPLACE of the paper, for a newcomer without ghost."""
    recent = registers[lists.BYTES + arc.RECENT] > state.reals[arc.TARGET]
    root = arc.RECENT if recent else arc.FREQUENT
    if lists.is_empty(state.table, root):
        root = ONE - root
    return lists.oldest(state.table, root)


@compiled
def oldest_resident(state: State, registers: I64) -> np.uint64:
    """LIRS: the oldest resident HIR row, else the bottom of the stack."""
    row = np.uint64(state.table[lirs.RESIDENT, lirs.QUEUE_PREV])
    return np.uint64(state.table[lirs.STACK, links.PREV]) if row == lirs.RESIDENT else row


@compiled
def least_aged(state: State, registers: I64) -> np.uint64:
    """LFU-DA."""
    wide = state.table.view(np.uint64)
    lfuda.make_ready(state, wide, registers, 1)
    row, _ = lfuda.next_victim(state, wide, registers)
    return np.uint64(row)


@compiled
def least_ranked(state: State, registers: I64) -> np.uint64:
    """GDSF."""
    ranks.make_ready(state, registers, 1)
    return np.uint64(
        ranks.least(state.table, state.table.view(np.uint64), state.words, registers, ranks.NOBODY)
    )


@compiled
def unpromoted(state: State, registers: I64) -> np.uint64:
    """S3-FIFO."""
    return s3fifo.victim(state.table, registers)


@compiled
def loser(state: State, registers: I64) -> np.uint64:
    """W-TinyLFU."""
    return wtinylfu.victim(state.table, state.words.view(np.uint8), registers)


DOORS: Final[dict[str, Door]] = {
    "fifo": Door(has_size, first_in_ring),
    "lru": Door(has_size, first_in_ring),
    "clock": Door(has_size, first_unvisited),
    "sieve": Door(has_size, at_the_hand),
    "lfu": Door(has_size, least_used),
    "slru": Door(stands, lowest_oldest),
    "twoq": Door(in_two_lists, waiting_or_main),
    "arc": Door(in_two_lists, replaced),
    "lirs": Door(resident, oldest_resident),
    "lfuda": Door(has_size, least_aged),
    "gdsf": Door(has_size, least_ranked),
    "s3fifo": Door(in_small_or_main, unpromoted),
    "wtinylfu": Door(has_linked_size, loser),
}
