from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.kernels.frame import FIRST_ROW, MISSES, Run
from simulator.kernels.gdsf import GDSF
from simulator.kernels.queue import GONE, PLACE, SIZE
from simulator.kernels.ranks import (
    ENTRIES,
    LAST,
    MARK,
    NOBODY,
    NOW,
    RANK,
    ROW_BITS,
    TIME_BITS,
    drop_top,
    least,
    needs,
    push,
    weed,
)

ranks = st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, 1e300]), min_size=1, max_size=60)


class Heap:
    """Rows ranked one after the other, so that of equal ranks the earlier row is the less."""

    def __init__(self, ranked: list[float]) -> None:
        run = Run(GDSF, 1000)
        run.registers[MISSES] = len(ranked)
        run._grow(len(ranked), 1000)
        self.table, self.words, self.registers = run.state.table, run.state.words, run.registers
        self.wide = self.table.view(np.uint64)
        for index, rank in enumerate(ranked):
            self.rank(index, rank)

    def rank(self, index: int, rank: float, *, silently: bool = False) -> None:
        """Rank a row anew, with or without an entry of it."""
        row = np.uint64(FIRST_ROW + index)
        self.registers[NOW] += 1
        self.table[row, SIZE], self.table[row, PLACE] = 1, GONE
        self.wide[row, RANK], self.wide[row, LAST] = np.float64(rank).view(np.uint64), self.registers[NOW]
        if not silently:
            push(self.words, self.registers, self.wide, row)

    def least(self) -> int:
        return int(least(self.table, self.wide, self.words, self.registers, NOBODY)) - FIRST_ROW

    def drained(self) -> list[int]:
        order = []
        while (self.table[FIRST_ROW:, SIZE] != 0).any():
            order.append(self.least())
            drop_top(self.words, self.registers)
            self.table[FIRST_ROW + order[-1], SIZE] = 0
        return order


@settings(max_examples=100, deadline=None)
@given(ranked=ranks)
def test_rows_come_out_by_rank_then_by_time(ranked: list[float]) -> None:
    assert Heap(ranked).drained() == sorted(range(len(ranked)), key=ranked.__getitem__)


@settings(max_examples=100, deadline=None)
@given(ranked=ranks, data=st.data())
def test_whose_rank_rose_is_put_right_when_its_turn_comes(ranked: list[float], data: st.DataObject) -> None:
    heap, truth = Heap(ranked), list(zip(ranked, range(len(ranked)), strict=True))
    indices = st.lists(st.integers(0, len(ranked) - 1), max_size=20)
    for now, index in enumerate(data.draw(indices), len(ranked)):
        heap.rank(index, truth[index][0] + 1.0, silently=True)
        truth[index] = truth[index][0] + 1.0, now
    if data.draw(st.booleans()):
        weed(heap.table, heap.wide, heap.words, heap.registers)
    assert heap.drained() == sorted(range(len(ranked)), key=truth.__getitem__)


def test_what_was_removed_and_came_back_counts_once() -> None:
    heap = Heap([1.0, 2.0, 3.0])
    for _ in range(5):
        heap.table[FIRST_ROW, SIZE] = 0
        heap.rank(0, 2.5)
    assert heap.registers[ENTRIES] == 8
    weed(heap.table, heap.wide, heap.words, heap.registers)
    assert heap.registers[ENTRIES] == 3 and not heap.table[:, MARK].any()
    assert heap.drained() == [1, 0, 2]


def test_what_was_removed_and_came_back_has_the_rank_that_it_came_back_with() -> None:
    heap = Heap([3.0, 2.0, 2.5])
    heap.table[FIRST_ROW, SIZE] = 0
    heap.rank(0, 1.0)
    assert heap.drained() == [0, 1, 2]


@settings(max_examples=60, deadline=None)
@given(ranked=ranks, rank=st.sampled_from([0.25, 0.5, 1.5, 1e301]))
def test_a_rival_may_be_less_than_the_top(ranked: list[float], rank: float) -> None:
    heap = Heap([*ranked, 9.0])
    rival = np.uint64(FIRST_ROW + len(ranked))
    heap.table[rival, SIZE] = 0
    heap.rank(len(ranked), rank, silently=True)
    row = least(heap.table, heap.wide, heap.words, heap.registers, rival)
    assert int(row) - FIRST_ROW == min(range(len(ranked) + 1), key=[*ranked, rank].__getitem__)


def test_a_trace_that_is_too_long_is_refused_before_it_goes_wrong() -> None:
    registers = Run(GDSF, 10).registers
    with pytest.raises(OverflowError, match=f"a trace of {1 << ROW_BITS} objects: at most 2\\*\\*{ROW_BITS}"):
        needs(registers, 1 << ROW_BITS, 1)
    registers[NOW] = (1 << TIME_BITS) - 10
    assert needs(registers, 5, 9).reals == 1
    with pytest.raises(OverflowError, match=f"a trace of more than 2\\*\\*{TIME_BITS} requests"):
        needs(registers, 5, 10)
