"""The one place in this room that reads a clock: the default of every shell; tests pass their own."""

import time

# Read once: leases and ages are durations, and a wall clock that is set anew would stretch or cut them.
_EPOCH_NS = time.time_ns() - time.monotonic_ns()


def wall_clock_ms() -> int:
    """Milliseconds since the epoch, as they run on from the start of the process."""
    return (_EPOCH_NS + time.monotonic_ns()) // 1_000_000
