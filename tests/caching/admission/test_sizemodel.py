from math import log2

import pytest

from caching.admission.sizemodel import tuned

SMALL, LARGE = 1000.0, 1_000_000.0


def test_objects_of_one_size_are_all_admitted() -> None:
    """Nothing is gained by refusing: c is far above the size."""
    assert tuned([SMALL], [5.0], [1000.0], 100_000.0, 20.0, 20) >= 10 * SMALL


def test_large_objects_are_kept_out_when_small_ones_fill_the_cache() -> None:
    c = tuned([SMALL, LARGE], [5.0, 5.0], [1000.0, 100.0], 1_000_000.0, 20.0, 26)
    assert 2 * SMALL < c < LARGE / 5


def test_with_room_for_all_the_large_ones_come_in() -> None:
    c = tuned([SMALL, LARGE], [5.0, 5.0], [1000.0, 100.0], 200_000_000.0, 20.0, 26)
    assert c > 5 * LARGE


def test_a_large_object_that_is_very_popular_is_worth_its_room() -> None:
    rare = tuned([SMALL, LARGE], [1.0, 1.0], [1000.0, 1.0], 1_000_000.0, 20.0, 26)
    popular = tuned([SMALL, LARGE], [1.0, 10_000.0], [1000.0, 1.0], 1_000_000.0, 20.0, 26)
    assert popular > 4 * rare


def test_the_longer_popularity_lasts_the_choosier_it_may_be() -> None:
    classes = ([2.0**n for n in range(8, 22)], [4.0] * 14, [100.0] * 14)
    brief, lasting = (tuned(*classes, 2_000_000.0, horizon, 26) for horizon in (2.0, 200.0))
    assert lasting < brief


def test_quarters_of_an_octave_are_told_apart() -> None:
    classes = ([2.0**n for n in range(8, 22)], [4.0] * 14, [100.0] * 14)
    steps = {4 * log2(tuned(*classes, capacity, 20.0, 26)) % 4 for capacity in (1e6, 2e6, 3e6, 5e6, 7e6)}
    assert len(steps) > 1
    assert all(step == pytest.approx(round(step)) for step in steps)
