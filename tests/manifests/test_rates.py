"""Bit rates and the target duration, against RFC 8216's definitions spelled out naively."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifests.rates import average_bps, peak_bps, rounded_s, target_duration_s
from tests.manifests import samples


def test_the_average_is_all_bits_over_all_time() -> None:
    assert average_bps(samples.segments([2000, 2000], [1000, 3000]), timescale=1000) == 8000
    assert average_bps(samples.segments([3000], [1000]), timescale=1000) == 2667  # rounded up


def test_a_short_last_segment_counts_only_together_with_its_predecessor() -> None:
    run = samples.segments([2000, 2000, 100], [1000, 1000, 1000])
    assert peak_bps(run, timescale=1000, target_s=2) == 7620  # 2000 bytes in 2.1 s, not 1000 in 0.1 s


def test_a_lone_short_segment_is_its_own_peak() -> None:
    assert peak_bps(samples.segments([100], [1000]), timescale=1000, target_s=2) == 80000


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1, 5000), st.integers(1, 10**7)), min_size=1, max_size=12),
    st.integers(1, 6),
)
def test_the_peak_bounds_every_run_of_the_definition(pairs: list[tuple[int, int]], target_s: int) -> None:
    run = samples.segments([ticks for ticks, _ in pairs], [size for _, size in pairs])
    peak = peak_bps(run, timescale=1000, target_s=target_s)
    for first in range(len(run)):
        for last in range(first, len(run)):
            part = run[first : last + 1]
            seconds = Fraction(sum(s.duration_ticks for s in part), 1000)
            if Fraction(target_s, 2) <= seconds <= Fraction(3 * target_s, 2):
                assert peak >= sum(s.size_bytes for s in part) * 8 / seconds


@pytest.mark.parametrize(("ticks", "seconds"), [(1499, 1), (1500, 2), (2000, 2), (499, 0), (2499, 2)])
def test_seconds_are_rounded_to_the_nearest(ticks: int, seconds: int) -> None:
    assert rounded_s(ticks, 1000) == seconds


def test_the_target_duration_covers_every_rendition_and_is_at_least_one() -> None:
    assert target_duration_s(samples.asset().renditions) == 2
