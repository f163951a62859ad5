"""Objects are numbered by first appearance, and what is counted agrees with a dictionary."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.traces.numbering import Numbering

KEYS = st.one_of(st.integers(0, 12), st.integers(0, 2**64 - 1))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(KEYS, st.integers(0, 2**32 - 1)), max_size=60), st.integers(0, 60))
def test_counts_agree_with_a_dictionary(requests: list[tuple[int, int]], cut: int) -> None:
    numbering = Numbering()
    got = [
        number
        for part in (requests[:cut], requests[cut:])
        for number in numbering.number(
            np.array([key for key, _ in part], np.uint64), np.array([size for _, size in part], np.uint32)
        ).tolist()
    ]
    numbers: dict[int, int] = {}
    firsts: list[int] = []
    largest: list[int] = []
    times: list[int] = []
    resized = 0
    for key, size in requests:
        n = numbers.setdefault(key, len(numbers))
        if n == len(firsts):
            firsts.append(size)
            largest.append(size)
            times.append(0)
        resized += size != largest[n]
        largest[n] = max(largest[n], size)
        times[n] += 1
    assert got == [numbers[key] for key, _ in requests]
    assert numbering.objects == len(numbers)
    assert numbering.unique_bytes == sum(firsts)
    assert numbering.singles == times.count(1)
    assert numbering.resized == resized
    assert numbering.sizes().tolist() == largest


@pytest.mark.parametrize("stride", [1, 2**32, 0x9E3779B97F4A7C15])
def test_the_table_grows(stride: int) -> None:
    keys = np.arange(300_000, dtype=np.uint64) * np.uint64(stride)
    sizes = np.full(300_000, 3, np.uint32)
    numbering = Numbering()
    assert np.array_equal(numbering.number(keys, sizes), np.arange(300_000))
    assert np.array_equal(numbering.number(keys[::-1].copy(), sizes), np.arange(300_000)[::-1])
    assert (numbering.objects, numbering.singles, numbering.unique_bytes) == (300_000, 0, 900_000)
