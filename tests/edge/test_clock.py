"""The clocks of a node."""

import time

from edge.clock import Timing, wall_clock_ms


def test_the_wall_clock_counts_milliseconds_since_the_epoch() -> None:
    before, read, after = time.time(), wall_clock_ms(), time.time()
    assert int(before * 1000) <= read <= int(after * 1000) + 1


def test_a_duration_is_the_machines_whatever_the_nodes_clock_shows() -> None:
    begun = time.perf_counter()
    timing = Timing(at_ms=42)
    first, second = timing.took_ms(), timing.took_ms()
    assert timing.at_ms == 42
    assert 0 <= first <= second <= (time.perf_counter() - begun) * 1000
