import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.throughput import Throughput


def test_nothing_is_known_before_the_first_download() -> None:
    assert Throughput().bps is None


@given(st.integers(1, 10**9), st.integers(0, 60_000))
def test_the_first_sample_is_the_estimate(size_bytes: int, duration_ms: int) -> None:
    throughput = Throughput()
    throughput.add(size_bytes, duration_ms)
    assert throughput.bps == pytest.approx(size_bytes * 8_000 / max(1, duration_ms), rel=1e-6, abs=1)


def test_half_of_the_weight_is_as_old_as_the_half_life() -> None:
    throughput = Throughput(half_lives_ms=[1_000])
    for _ in range(50):
        throughput.add(1_000_000, 1_000)  # 8 Mbit/s
    throughput.add(500_000, 1_000)  # 4 Mbit/s
    assert throughput.bps == pytest.approx(6_000_000, rel=1e-6)


def test_a_drop_shows_at_once_and_a_rise_slowly() -> None:
    throughput, fast, slow = Throughput(), Throughput([2_000]), Throughput([5_000])
    for size_bytes in (1_000_000, 1_000_000, 100_000):
        for estimate in (throughput, fast, slow):
            estimate.add(size_bytes, 1_000)
    assert fast.bps is not None and slow.bps is not None
    assert throughput.bps == fast.bps < slow.bps
    for estimate in (throughput, fast, slow):
        estimate.add(4_000_000, 1_000)
    assert throughput.bps == slow.bps < fast.bps


@given(st.lists(st.tuples(st.integers(1, 10**7), st.integers(1, 10_000)), min_size=1, max_size=20))
def test_the_estimate_lies_between_the_slowest_and_the_fastest(samples: list[tuple[int, int]]) -> None:
    throughput = Throughput()
    for size_bytes, duration_ms in samples:
        throughput.add(size_bytes, duration_ms)
    rates = [size_bytes * 8_000 / duration_ms for size_bytes, duration_ms in samples]
    assert throughput.bps is not None
    assert min(rates) * (1 - 1e-6) - 1 <= throughput.bps <= max(rates) * (1 + 1e-6)
