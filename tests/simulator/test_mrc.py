"""The curve of one pass is, point by point, what LRU caches of those sizes miss."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.kernels.frame import Run
from simulator.kernels.lru import LRU
from simulator.mrc import capacity_grid, lru_curve
from simulator.synthetic import Scans, Sizes, Zipf
from simulator.traces import Prepared
from tests.simulator.laid import laid, synthetic


def replayed(prepared: Prepared, capacity: int) -> tuple[int, int]:
    run = Run(LRU, capacity)
    for chunk in prepared.chunks():
        run.feed(chunk)
    return run.counts().misses, run.counts().miss_bytes


def agrees(prepared: Prepared, capacities: np.typing.NDArray[np.int64]) -> bool:
    curve = lru_curve(prepared, capacities)
    points = list(zip(curve.misses.tolist(), curve.miss_bytes.tolist(), strict=True))
    return points == [replayed(prepared, int(capacity)) for capacity in capacities]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=100))
def test_every_point_is_a_replay_below_and_above_the_largest_object(keys: list[int]) -> None:
    requests = [(key, key * key % 11 + 1) for key in keys]
    with tempfile.TemporaryDirectory() as folder, laid(Path(folder), requests) as prepared:
        assert agrees(prepared, np.arange(1, 60, 3))


@pytest.mark.parametrize("sizes", [Sizes(), Sizes(10, 5000)])
def test_larger_traces_agree_too(tmp_path: Path, sizes: Sizes) -> None:
    kind = Scans(Zipf(3000, alpha=0.9), between=900, length=300, scanned=2000)
    with synthetic(tmp_path, kind, 40_000, sizes) as prepared:
        assert agrees(prepared, capacity_grid(prepared, 9))


def test_ratios_are_of_requests_and_of_bytes(tmp_path: Path) -> None:
    with laid(tmp_path, [(1, 6), (2, 4), (1, 6), (3, 8), (1, 6)]) as prepared:
        curve = lru_curve(prepared, np.array([5, 10, 18]))
        assert curve.miss_ratio.tolist() == [1.0, 0.8, 0.6]
        assert curve.byte_miss_ratio.tolist() == [1.0, 24 / 30, 18 / 30]


def test_progress_goes_up_to_all_requests_whatever_the_passes(tmp_path: Path) -> None:
    with laid(tmp_path, [(1, 6), (2, 4), (1, 6), (3, 8), (1, 6)]) as prepared:
        for capacities in ([8, 9], [5, 6, 7, 100]):
            done: list[int] = []
            lru_curve(prepared, np.array(capacities), done.append)
            assert done == sorted(done)
            assert done[-1] == 5


def test_the_grid_goes_from_a_share_to_all_in_equal_proportions(tmp_path: Path) -> None:
    with laid(tmp_path, [(key, 1000) for key in range(1, 11)]) as prepared:
        assert capacity_grid(prepared, 4).tolist() == [10, 100, 1000, 10_000]
        assert capacity_grid(prepared, 3, smallest=0.25).tolist() == [2500, 5000, 10_000]
    with laid(tmp_path, [(1, 1), (2, 1), (3, 1)]) as prepared:
        assert capacity_grid(prepared, 50).tolist() == [1, 2, 3]


@pytest.mark.parametrize("wrong", [[], [0, 5], [5, 5], [6, 5]])
def test_capacities_must_ascend(tmp_path: Path, wrong: list[int]) -> None:
    with laid(tmp_path, [(1, 1)]) as prepared, pytest.raises(ValueError, match="ascending"):
        lru_curve(prepared, np.array(wrong, np.int64))
