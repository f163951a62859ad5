"""Ranks have the probabilities of the law, for every exponent, and do not depend on how they are fetched."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.splitmix import stream_seed
from simulator.zipf import zipf, zipf_ids

DRAWS = 200_000


def drawn(
    objects: int, alpha: float, shift: float, start: int = 0, count: int = DRAWS
) -> npt.NDArray[np.uint32]:
    ids = np.empty(count, np.uint32)
    zipf_ids(zipf(objects, alpha, shift), stream_seed(7, 0), start, ids)
    return ids


@pytest.mark.parametrize("shift", [0.0, 2.7])
@pytest.mark.parametrize("alpha", [0.0, 0.5, 0.8, 0.9999999, 1.0, 1.00001, 1.2, 2.0, 5.0])
@pytest.mark.parametrize("objects", [1, 2, 3, 1000])
def test_ranks_have_the_probabilities_of_the_law(objects: int, alpha: float, shift: float) -> None:
    weights = (np.arange(1, objects + 1) + shift) ** -alpha
    expected = DRAWS * weights / weights.sum()
    seen = np.bincount(drawn(objects, alpha, shift), minlength=objects)
    assert len(seen) == objects
    common = expected >= 5
    chi2 = float(((seen - expected)[common] ** 2 / expected[common]).sum())
    freedom = max(int(common.sum()) - 1, 1)
    assert chi2 < freedom + 5 * (2 * freedom) ** 0.5 + 1e-9
    rare = expected[~common].sum()
    assert abs(seen[~common].sum() - rare) <= 5 * rare**0.5


def test_among_ten_million_the_tail_is_reached_and_weighs_what_it_should() -> None:
    objects = 10_000_000
    ids = drawn(objects, 1.0, 0.0)
    weights = 1 / np.arange(1, objects + 1)
    tail = float(weights[objects // 10 :].sum() / weights.sum())
    assert abs((ids >= objects // 10).mean() - tail) < 5 * (tail / DRAWS) ** 0.5
    assert ids.max() > 0.99 * objects


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=8), st.sampled_from([0.0, 0.7, 1.0, 1.3]))
def test_pieces_of_any_length_are_the_same_stream(lengths: list[int], alpha: float) -> None:
    whole = drawn(5000, alpha, 0.5, count=sum(lengths))
    starts = np.cumsum([0, *lengths[:-1]])
    parts = [
        drawn(5000, alpha, 0.5, int(start), length) for start, length in zip(starts, lengths, strict=True)
    ]
    assert np.array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0, 1.0, 0.0), "objects: a number from 1"),
        ((2**32, 1.0, 0.0), "objects: a number from 1"),
        ((10, -0.1, 0.0), "alpha: a number from 0"),
        ((10, float("nan"), 0.0), "alpha: a number from 0"),
        ((10, 1.0, -1.0), "shift: a number not below 0"),
        ((10, 1.0, float("inf")), "shift: a number not below 0"),
    ],
)
def test_what_is_out_of_range_is_named(arguments: tuple[int, float, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        zipf(*arguments)
