from collections import Counter
from itertools import islice, pairwise
from random import Random

import pytest

from loadtest.workload import arrivals_ms, viewings


def test_the_same_seed_makes_the_same_wishes() -> None:
    first, second, other = (
        list(islice(viewings("abc", Random(seed), zipf_exponent=1, mean_watch_ms=5_000), 50))
        for seed in (7, 7, 8)
    )
    assert first == second != other


def test_popularity_follows_zipfs_law() -> None:
    wishes = viewings("abcd", Random(1), zipf_exponent=1, mean_watch_ms=None)
    asked = Counter(wish.asset for wish in islice(wishes, 20_000))
    for rank, asset in enumerate("abcd", start=1):
        assert asked[asset] == pytest.approx(asked["a"] / rank, rel=0.06)


def test_an_exponent_of_zero_makes_all_equal() -> None:
    wishes = viewings("ab", Random(1), zipf_exponent=0, mean_watch_ms=None)
    asked = Counter(wish.asset for wish in islice(wishes, 10_000))
    assert asked["a"] == pytest.approx(asked["b"], rel=0.06)


def test_viewers_stay_for_the_mean_time_and_never_less_than_a_second() -> None:
    wishes = viewings("a", Random(1), zipf_exponent=1, mean_watch_ms=60_000)
    times = [wish.watch_ms for wish in islice(wishes, 10_000) if wish.watch_ms is not None]
    assert sum(times) / 10_000 == pytest.approx(60_000, rel=0.04)
    assert min(times) == 1_000


def test_without_a_mean_everybody_watches_the_whole_asset() -> None:
    wishes = viewings("a", Random(1), zipf_exponent=1, mean_watch_ms=None)
    assert {wish.watch_ms for wish in islice(wishes, 100)} == {None}


def test_arrivals_are_a_poisson_process() -> None:
    moments = list(islice(arrivals_ms(50, Random(1)), 10_000))
    gaps = [after - before for before, after in pairwise(moments)]
    assert moments[-1] / 10_000 == pytest.approx(20, rel=0.04)
    assert min(gaps) >= 0
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert deviation == pytest.approx(mean, rel=0.05)  # as an exponential distribution has it
