"""Coroutines under virtual time: a node's or a client's way through a request, written as it reads.

A coroutine awaits a Pause, which is told how to go on; it goes on through the scheduler, never inside
the call that woke it, so that no one's state changes under his feet. There is no event loop, and no
exception is swallowed: one that leaves a task leaves ``Scheduler.run``.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator

from simulator.scheduler import Callback, Scheduler


class Pause:
    """What a coroutine awaits. ``arm`` is given the callback that lets it go on, of which one call counts."""

    __slots__ = ("arm",)

    def __init__(self, arm: Callable[[Callback], object]) -> None:
        self.arm = arm

    def __await__(self) -> Generator[Pause, None, None]:
        yield self


Steps = Coroutine[Pause, None, None]


def sleep(scheduler: Scheduler, delay_us: int) -> Pause:
    """Go on ``delay_us`` later."""
    return Pause(lambda wake: scheduler.after(delay_us, wake))


class Signal:
    """Something that happens once; those who wait go on in the order in which they came."""

    __slots__ = ("_wakes", "is_set")

    def __init__(self) -> None:
        self.is_set = False
        self._wakes: list[Callback] = []

    def set(self) -> None:
        """It has happened; saying so again changes nothing."""
        self.is_set = True
        wakes, self._wakes = self._wakes, []
        for wake in wakes:
            wake()

    def listen(self, wake: Callback) -> None:
        """Call back when it happens: at once, if it has."""
        if self.is_set:
            wake()
        else:
            self._wakes.append(wake)

    def wait(self) -> Pause:
        return Pause(self.listen)

    def wait_for(self, scheduler: Scheduler, limit_us: int) -> Pause:
        """Go on when it happens, or after ``limit_us``; ``is_set`` then says which."""

        def arm(wake: Callback) -> None:
            timer = scheduler.after(limit_us, wake)

            def on_set() -> None:
                timer.cancel()
                wake()

            self.listen(on_set)

        return Pause(arm)


class Task:
    """A coroutine that is under way. ``on_end`` is called once, also when it was closed."""

    __slots__ = ("_coroutine", "_on_end", "_scheduler", "_turn")

    def __init__(self, scheduler: Scheduler, coroutine: Steps, on_end: Callable[[Task], None]) -> None:
        self._scheduler = scheduler
        self._coroutine = coroutine
        self._on_end = on_end
        self._turn = 0
        self._wake(0)

    def close(self) -> None:
        """End it where it stands; its ``finally`` clauses run. No harm when it has ended."""
        if self._turn >= 0:
            self._turn = -1
            self._coroutine.close()
            self._on_end(self)

    def _wake(self, turn: int) -> None:
        if turn == self._turn:
            self._turn += 1
            self._scheduler.after(0, self._step)

    def _step(self) -> None:
        if self._turn < 0:
            return
        try:
            pause = self._coroutine.send(None)
        except StopIteration:
            self._turn = -1
            self._on_end(self)
            return
        turn = self._turn
        pause.arm(lambda: self._wake(turn))
