"""The clocks of a node."""

import time

from edge.clock import Timing, wall_clock_ms


def test_the_wall_clock_counts_milliseconds_since_the_epoch_and_never_goes_back() -> None:
    readings = [wall_clock_ms() for _ in range(1_000)]
    assert readings == sorted(readings)
    assert abs(readings[-1] - time.time() * 1000) < 60_000  # a machine's clock may have been set meanwhile


def test_a_duration_is_the_machines_whatever_the_nodes_clock_shows() -> None:
    begun = time.perf_counter()
    timing = Timing(at_ms=42)
    first, second = timing.took_ms(), timing.took_ms()
    assert timing.at_ms == 42
    assert 0 <= first <= second <= (time.perf_counter() - begun) * 1000
