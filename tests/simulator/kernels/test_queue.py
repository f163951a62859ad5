import numpy as np
import pytest

from simulator.kernels.frame import ABSENT, MISSES, REMOVAL, REMOVED, REMOVED_BYTES, Chunk, Run
from simulator.kernels.lru import LRU
from simulator.kernels.queue import (
    HEAD,
    LONGEST,
    PLACE,
    SIZE,
    SPAN,
    TAIL,
    VISITED,
    forget,
    held,
    make_ready,
    needs,
    power_of_two,
)


def run_with(places: dict[int, int], *, length: int, head: int, tail: int) -> Run:
    """A run whose ring holds rows at places; a row's last place is the one that it knows."""
    run = Run(LRU, 1000)
    run.registers[[HEAD, TAIL, SPAN]] = head, tail, length
    table, ring = np.zeros((40, 2), np.uint32), np.zeros(length, np.uint32)
    for place, row in places.items():
        ring[place % length] = row
        table[row] = 5, place
    run.state = run.state._replace(table=table, ring=ring)
    return run


@pytest.mark.parametrize(("least", "power"), [(0, 1), (1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (1025, 2048)])
def test_lengths_are_powers_of_two(least: int, power: int) -> None:
    assert power_of_two(least) == power


def test_void_entries_are_dropped_when_the_ring_would_be_full() -> None:
    # Row 9 was added thrice, row 11 was removed; the window goes round the end of the ring.
    run = run_with({5: 9, 6: 9, 7: 10, 8: 9, 9: 11, 10: 12}, length=8, head=11, tail=5)
    forget(run.state.table, run.registers, np.uint64(11))
    run.state.table[12, PLACE] |= VISITED
    make_ready(run.state, run.registers, 5)
    assert run.registers[[TAIL, HEAD]].tolist() == [5, 8]
    assert run.state.ring[[5, 6, 7]].tolist() == [10, 9, 12]
    assert run.state.table[[10, 9, 12], 1].tolist() == [5, 6, 7 | int(VISITED)]


def test_nothing_moves_while_there_is_room() -> None:
    run = run_with({5: 9, 6: 9}, length=8, head=7, tail=5)
    make_ready(run.state, run.registers, 6)
    assert run.registers[[TAIL, HEAD]].tolist() == [5, 7]


def test_entries_keep_their_places_when_the_ring_has_grown() -> None:
    run = run_with({6: 9, 7: 10, 8: 11, 9: 12}, length=4, head=10, tail=6)
    run.state = run.state._replace(ring=np.concatenate([run.state.ring, np.zeros(12, np.uint32)]))
    make_ready(run.state, run.registers, 1)
    assert run.registers[SPAN] == 16 and run.state.ring[6:10].tolist() == [9, 10, 11, 12]


def test_to_forget_says_whether_it_was_held_and_counts() -> None:
    run = run_with({5: 9}, length=8, head=6, tail=5)
    table = run.state.table
    assert forget(table, run.registers, np.uint64(9)) == REMOVAL
    assert forget(table, run.registers, np.uint64(9)) == ABSENT
    assert table[9, SIZE] == 0 and run.registers[[REMOVED, REMOVED_BYTES]].tolist() == [1, 5]


def test_the_ring_grows_with_what_is_held() -> None:
    run = Run(LRU, 1000)
    assert needs(run.registers, 10, 100).ring == 256
    ids = np.arange(60, dtype=np.uint32)
    run.feed(Chunk(ids, np.full(60, 10, np.uint32), np.empty(0, np.int64), 60))
    assert held(run.registers) == 60
    assert needs(run.registers, 60, 100).ring == 512


def test_a_ring_is_no_longer_than_a_place_can_tell() -> None:
    run = Run(LRU, 1000)
    run.registers[MISSES] = LONGEST // 2
    assert needs(run.registers, 0, 100).ring == LONGEST
    run.registers[MISSES] = LONGEST - 99
    with pytest.raises(OverflowError, match="objects: at most"):
        needs(run.registers, 0, 100)
