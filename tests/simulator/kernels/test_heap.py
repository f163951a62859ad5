import heapq

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.kernels.heap import ROW_BITS, drop_top, entry, heapify, sift_down, sift_up

uses = st.lists(st.integers(1, 5), min_size=1, max_size=40)


def words_of(entries: list[tuple[int, int, int]]) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    pairs = [(entry(np.uint64(count), np.uint64(row)), last) for count, last, row in entries]
    return np.array(pairs, np.uint64).ravel()


def drained(words: np.ndarray[tuple[int], np.dtype[np.uint64]], count: int) -> list[int]:
    rows = []
    while count:
        rows.append(int(words[0] & ROW_BITS))
        count = int(drop_top(words, np.uint64(count)))
    return rows


@settings(max_examples=60, deadline=None)
@given(uses=uses)
def test_rows_come_out_by_uses_then_by_time(uses: list[int]) -> None:
    entries = [(count, 1000 - 7 * row, row) for row, count in enumerate(uses)]
    expected = [row for _, _, row in sorted(entries)]

    pushed = np.zeros(2 * len(entries), np.uint64)
    for count, (first, last) in enumerate(words_of(entries).reshape(-1, 2)):
        sift_up(pushed, np.uint64(count), first, last)
    assert drained(pushed, len(entries)) == expected

    built = words_of(entries)
    heapify(built, np.uint64(len(entries)))
    assert drained(built, len(entries)) == expected


@settings(max_examples=60, deadline=None)
@given(uses=uses)
def test_the_least_is_put_right_in_place(uses: list[int]) -> None:
    entries = [(count, row, row) for row, count in enumerate(uses)]
    words = words_of(entries)
    heapify(words, np.uint64(len(entries)))
    heapq.heapify(entries)
    count, _, row = heapq.heappop(entries)
    sift_down(
        words,
        np.uint64(len(uses)),
        np.uint64(0),
        entry(np.uint64(count + 2), np.uint64(row)),
        np.uint64(999),
    )
    heapq.heappush(entries, (count + 2, 999, row))
    assert drained(words, len(uses)) == [row for _, _, row in sorted(entries)]
