import numpy as np

from simulator.kernels.frame import ABSENT, EVICTIONS, FIRST_ROW, REMOVAL, REMOVED_BYTES, USED, Run
from simulator.kernels.lists import (
    BYTES,
    SIZE,
    STANDING,
    count_eviction,
    enter,
    forget,
    is_empty,
    is_held,
    leave,
    oldest,
    refresh,
)
from simulator.kernels.twoq import TWOQ

HELD, GHOSTS = np.uint64(2), np.uint64(2)
FIRST, SECOND = np.uint64(0), np.uint64(1)
A, B, C = (np.uint64(FIRST_ROW + each) for each in range(3))


def run_with_rows() -> Run:
    """Two lists of what is held and one of what is remembered; rows of 10, 20 and 30 bytes in none."""
    run = Run(TWOQ, 1000)
    table = np.zeros((FIRST_ROW + 3, 4), np.uint32)
    table[:FIRST_ROW] = run.state.table[:FIRST_ROW]
    table[FIRST_ROW:, SIZE] = 10, 20, 30
    run.state = run.state._replace(table=table)
    return run


def test_lists_are_in_order_of_entry_and_know_their_bytes() -> None:
    run = run_with_rows()
    table, registers = run.state.table, run.registers
    for row in (A, B, C):
        enter(table, registers, row, SECOND)
    assert oldest(table, SECOND) == A and is_empty(table, FIRST)
    refresh(table, A, SECOND)
    assert oldest(table, SECOND) == B
    leave(table, registers, B)
    enter(table, registers, B, FIRST)
    assert registers[BYTES : BYTES + np.uint64(3)].tolist() == [20, 40, 0]
    assert oldest(table, FIRST) == B and oldest(table, SECOND) == C


def test_what_is_only_remembered_is_not_held() -> None:
    run = run_with_rows()
    enter(run.state.table, run.registers, A, FIRST)
    enter(run.state.table, run.registers, B, GHOSTS)
    assert [is_held(run.state.table, row, HELD) for row in (A, B, C)] == [True, False, False]


def test_what_is_removed_is_counted() -> None:
    run = run_with_rows()
    table, registers = run.state.table, run.registers
    registers[USED] = 10
    enter(table, registers, A, FIRST)
    enter(table, registers, B, GHOSTS)
    assert [forget(table, registers, row, HELD) for row in (A, A, B)] == [REMOVAL, ABSENT, ABSENT]
    assert (registers[USED], registers[REMOVED_BYTES]) == (0, 10)
    assert is_empty(table, FIRST) and table[B, STANDING] != 0


def test_evictions_are_logged_when_there_is_a_log() -> None:
    run = run_with_rows()
    evicted = np.zeros(2, np.uint32)
    count_eviction(run.registers, B, np.int64(20), evicted)
    count_eviction(run.registers, C, np.int64(30), evicted)
    count_eviction(run.registers, A, np.int64(10), evicted[:0])
    assert evicted.tolist() == [1, 2]
    assert (run.registers[EVICTIONS], run.registers[USED]) == (3, -60)
