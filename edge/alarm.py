"""A time after which something is too late, put off again and again for next to nothing.

A timer of the loop for each request of a connection would cost more than what it watches over. Here putting
off only notes the new time; the timer finds out when it rings.

A loop that was held up looks at its timers before its sockets, where what was waited for may lie by then. So
when the time has come they are looked at once more: a node that was held up itself has nobody to blame.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

# The loop counts in whole milliseconds, and may ring a little early.
_EARLY_S = 0.001
# Long enough to read what has come.
_LAST_LOOK_S = 0.02


class Alarm:
    """Calls ``on_late`` when a time has come that was not put off. Times are the loop's."""

    __slots__ = ("_due_s", "_last_due_s", "_loop", "_on_late", "_rings_s", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, on_late: Callable[[], None]) -> None:
        self._loop = loop
        self._on_late = on_late
        self._due_s: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._rings_s = 0.0
        self._last_due_s: float | None = None

    def set(self, due_s: float) -> None:
        """Ring at that time, and at no other that was set before."""
        self._due_s = due_s
        if self._timer is None or due_s < self._rings_s:
            self._wind(due_s)

    def off(self) -> None:
        """Do not ring. The timer stays, for the next time that is set."""
        self._due_s = None

    def stop(self) -> None:
        """Do not ring, and let go of the timer and of who was to be called: nothing will be set any more."""
        self._due_s, self._on_late = None, _nobody
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wind(self, due_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings_s, self._timer = due_s, self._loop.call_at(due_s, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._due_s is None:
            return
        if self._loop.time() < self._due_s - _EARLY_S:
            self._wind(self._due_s)
        elif self._last_due_s != self._due_s:
            self._last_due_s = self._due_s
            self._wind(self._loop.time() + _LAST_LOOK_S)
        else:
            self._due_s = None
            self._on_late()


def _nobody() -> None:
    """Whom an alarm calls that has been stopped."""
