"""Sampled curves are near the exact ones, as near as they say, and the same for the same seed."""

from pathlib import Path

import numpy as np
import pytest

from simulator.mrc import capacity_grid, lru_curve
from simulator.shards import GROUPS, sampled_lru_curve
from simulator.synthetic import Sizes, Zipf
from tests.simulator.laid import laid, synthetic


@pytest.mark.parametrize("sizes", [Sizes(), Sizes(100, 10_000)])
def test_the_exact_curve_lies_within_the_stated_error(tmp_path: Path, sizes: Sizes) -> None:
    with synthetic(tmp_path, Zipf(30_000, alpha=0.8), 200_000, sizes) as prepared:
        capacities = capacity_grid(prepared, 10, smallest=0.03)
        exact = lru_curve(prepared, capacities)
        inside = []
        for seed in range(6):
            curve = sampled_lru_curve(prepared, capacities, 0.05, seed)
            inside += list(np.abs(curve.miss_ratio - exact.miss_ratio) <= curve.miss_ratio_error)
            inside += list(
                np.abs(curve.byte_miss_ratio - exact.byte_miss_ratio) <= curve.byte_miss_ratio_error
            )
            assert np.abs(curve.miss_ratio - exact.miss_ratio).max() < 0.03
            assert curve.miss_ratio_error.max() < 0.06
            assert curve.sampled_objects == pytest.approx(GROUPS * 0.05 * prepared.summary.objects, rel=0.05)
        assert np.mean(inside) > 0.85


def test_a_seed_is_a_sample(tmp_path: Path) -> None:
    with synthetic(tmp_path, Zipf(2000), 20_000, Sizes()) as prepared:
        capacities = capacity_grid(prepared, 5)
        first, again, other = (sampled_lru_curve(prepared, capacities, 0.05, seed) for seed in (1, 1, 2))
        assert np.array_equal(first.miss_ratio, again.miss_ratio)
        assert not np.array_equal(first.miss_ratio, other.miss_ratio)


def test_all_objects_in_samples_still_say_an_error(tmp_path: Path) -> None:
    with synthetic(tmp_path, Zipf(500), 20_000, Sizes()) as prepared:
        curve = sampled_lru_curve(prepared, np.array([50, 500]), 1 / GROUPS)
        assert curve.sampled_objects == prepared.summary.objects
        assert np.all(curve.miss_ratio_error > 0)


@pytest.mark.parametrize("rate", [0.0, -0.1, 0.13, float("nan")])
def test_a_rate_out_of_range_is_named(tmp_path: Path, rate: float) -> None:
    with laid(tmp_path, [(1, 1)]) as prepared, pytest.raises(ValueError, match="rate: above 0 and up to 1/8"):
        sampled_lru_curve(prepared, np.array([5]), rate)
