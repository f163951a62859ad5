import numpy as np
import numpy.typing as npt

from simulator.kernels.links import NEXT, PREV, link, unlink

ROOT = np.uint64(0)


def order(table: npt.NDArray[np.uint32]) -> list[int]:
    """From the youngest to the oldest, and the other way round must be the reverse."""
    forth, back = [], []
    row, other = table[0, NEXT], table[0, PREV]
    while row != 0:
        forth.append(int(row))
        row = table[row, NEXT]
    while other != 0:
        back.append(int(other))
        other = table[other, PREV]
    assert forth == back[::-1]
    return forth


def test_rows_enter_at_the_young_end_and_leave_from_anywhere() -> None:
    table = np.zeros((8, 4), np.uint32)
    for row in (3, 5, 7):
        link(table, ROOT, np.uint64(row))
    assert order(table) == [7, 5, 3]
    unlink(table, np.uint64(5))
    assert order(table) == [7, 3]
    for row in (7, 3):
        unlink(table, np.uint64(row))
    assert order(table) == []
    link(table, ROOT, np.uint64(5))
    assert order(table) == [5]
