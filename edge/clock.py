"""The wall clock, which only the shell reads; the core is handed its reading."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], int]


# Read once: leases and ages are durations, and a wall clock that is set anew would stretch or cut them.
_EPOCH_NS = time.time_ns() - time.monotonic_ns()


def wall_clock_ms() -> int:
    """Milliseconds since the epoch, as they run on from the start of the process."""
    return (_EPOCH_NS + time.monotonic_ns()) // 1_000_000


class Timing:
    """When something began by the node's clock, and how long it has taken since by the machine's."""

    __slots__ = ("_started", "at_ms")

    def __init__(self, at_ms: int) -> None:
        self.at_ms = at_ms
        self._started = time.perf_counter()

    def took_ms(self) -> float:
        return (time.perf_counter() - self._started) * 1000
