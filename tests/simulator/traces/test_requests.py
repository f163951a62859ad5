"""Requests without a size can be left out."""

import numpy as np

from simulator.traces.requests import Requests


def of(sizes: list[int]) -> Requests:
    count = len(sizes)
    return Requests(np.arange(count, dtype=np.uint64), np.array(sizes, np.uint32), np.arange(count) * 1000)


def test_those_with_a_size_stay_in_order() -> None:
    left = of([0, 5, 0, 7]).with_size()
    assert left.keys.tolist() == [1, 3]
    assert left.sizes.tolist() == [5, 7]
    assert left.times_ms.tolist() == [1000, 3000]


def test_nothing_is_copied_when_all_have_one() -> None:
    requests = of([1, 2])
    assert requests.with_size() is requests
