"""The wall clock's unit and epoch."""

import time

from eventbus.clock import wall_clock_ms


def test_it_is_milliseconds_since_the_epoch() -> None:
    before = time.time()
    now_ms = wall_clock_ms()
    assert before * 1_000 - 1 <= now_ms <= time.time() * 1_000
