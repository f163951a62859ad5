"""The one place in this room that reads a clock: the default of every shell; tests pass their own."""

import time


def wall_clock_ms() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
