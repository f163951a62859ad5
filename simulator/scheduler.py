"""Virtual time: callbacks that are due at a microsecond, run in that order, and at once.

Two callbacks of the same microsecond run in the order in which they were asked for, so a run depends on
nothing but what was put in. Time passes only here, and only from callback to callback. Everything in this
room is driven by one Scheduler; the caching core is handed its ``now_ms``.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

Callback = Callable[[], None]

US_PER_MS = 1_000


class Timer:
    """A callback that is due; cancelling it is no harm when it has run."""

    __slots__ = ("callback",)

    def __init__(self, callback: Callback) -> None:
        self.callback: Callback | None = callback

    def cancel(self) -> None:
        self.callback = None


class Scheduler:
    """The clock and its heap. ``start_ms`` is what the virtual wall clock shows at the beginning."""

    __slots__ = ("_heap", "_order", "_start_ms", "now_us")

    def __init__(self, start_ms: int = 0) -> None:
        self.now_us = 0
        """Microseconds since the beginning."""
        self._start_ms = start_ms
        self._heap: list[tuple[int, int, Timer]] = []
        self._order = 0

    @property
    def now_ms(self) -> int:
        """Milliseconds since the epoch, as the virtual wall clock shows them."""
        return self._start_ms + self.now_us // US_PER_MS

    def after(self, delay_us: int, callback: Callback) -> Timer:
        """Call back ``delay_us`` from now; 0 is after all that is due now already."""
        if delay_us < 0:
            raise ValueError(f"delay_us: must not be negative, not {delay_us}")
        timer = Timer(callback)
        self._order += 1
        heappush(self._heap, (self.now_us + delay_us, self._order, timer))
        return timer

    def us_until(self, at_ms: int) -> int:
        """How long it is until the wall clock shows ``at_ms``; 0 when it is past."""
        return max(0, (at_ms - self._start_ms) * US_PER_MS - self.now_us)

    def run(self, until_us: int) -> None:
        """Run what is due up to and including ``until_us``, and let it be that late."""
        while self._heap and self._heap[0][0] <= until_us:
            self._step()
        self.now_us = max(self.now_us, until_us)

    def run_while(self, busy: Callable[[], bool]) -> None:
        """Run for as long as ``busy`` says so. Raises RuntimeError when it still does and nothing is due."""
        while busy():
            if not self._heap:
                raise RuntimeError("something is under way, but nothing is due that could end it")
            self._step()

    def _step(self) -> None:
        due_us, _, timer = heappop(self._heap)
        if timer.callback is not None:
            self.now_us = due_us
            timer.callback()

    def __repr__(self) -> str:
        return f"Scheduler(at {self.now_us} us, {len(self._heap)} due)"
