"""When an alarm rings: at the time that was set last, and never for one that was taken back."""

import asyncio
import gc
import weakref

from edge.alarm import Alarm


class Loop:
    """A clock that a test turns, with the timers of a loop."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.made = 0
        self._timers: list[tuple[float, asyncio.TimerHandle]] = []
        self._real = asyncio.new_event_loop()

    def time(self) -> float:
        return self.now_s

    def call_at(self, when: float, callback: object) -> asyncio.TimerHandle:
        self.made += 1
        handle = asyncio.TimerHandle(when, callback, (), self._real)  # type: ignore[arg-type]
        self._timers.append((when, handle))
        return handle

    def turn_to(self, now_s: float) -> None:
        """Let the time come, and with it each timer that was not cancelled, in turn."""
        while due := [timer for timer in self._timers if timer[0] <= now_s]:
            when, handle = min(due, key=lambda timer: timer[0])
            self._timers.remove((when, handle))
            self.now_s = max(self.now_s, when)
            if not handle.cancelled():
                handle._run()
        self.now_s = now_s

    def close(self) -> None:
        self._real.close()


def rung(*steps: tuple[str, float]) -> tuple[list[float], int]:
    """When an alarm rang, and how many timers that took, if this is done to it."""
    loop, rings = Loop(), list[float]()
    alarm = Alarm(loop, lambda: rings.append(loop.now_s))  # type: ignore[arg-type]
    for step, at_s in steps:
        match step:
            case "set":
                alarm.set(at_s)
            case "turn":
                loop.turn_to(at_s)
            case "off":
                alarm.off()
            case "stop":
                alarm.stop()
    loop.close()
    return rings, loop.made


LOOK_S = 0.02


def test_it_rings_once_when_the_time_has_come_and_a_last_look_found_nothing() -> None:
    assert rung(("set", 105), ("turn", 104.9), ("turn", 200)) == ([105 + LOOK_S], 2)


def test_putting_off_takes_no_timer_until_it_rings() -> None:
    put_off = [("set", 105 + at / 10) for at in range(40)]
    assert rung(("set", 105), *put_off, ("turn", 200)) == ([108.9 + LOOK_S], 3)


def test_what_is_due_earlier_is_not_missed() -> None:
    assert rung(("set", 130), ("set", 104), ("turn", 200)) == ([104 + LOOK_S], 3)


def test_once_off_it_keeps_silent_until_it_is_set_again() -> None:
    assert rung(("set", 105), ("off", 0), ("turn", 110), ("set", 120), ("turn", 200)) == ([120 + LOOK_S], 3)
    assert rung(("set", 105), ("off", 0), ("set", 107), ("turn", 200)) == ([107 + LOOK_S], 3)


def test_once_stopped_it_has_no_timer() -> None:
    assert rung(("set", 105), ("stop", 0), ("turn", 200)) == ([], 1)
    assert rung(("stop", 0)) == ([], 0)


def test_what_a_loop_finds_that_was_held_up_is_in_time() -> None:
    held_up = ("turn", 105 + LOOK_S / 2)
    assert rung(("set", 105), held_up, ("off", 0), ("turn", 200)) == ([], 2)
    assert rung(("set", 105), held_up, ("set", 110), ("turn", 200)) == ([110 + LOOK_S], 4)


def test_a_loop_that_rings_a_little_early_rings_all_the_same() -> None:
    loop, rings = Loop(), list[float]()
    alarm = Alarm(loop, lambda: rings.append(loop.now_s))  # type: ignore[arg-type]
    alarm.set(105)
    alarm.set(105.0005)
    loop.turn_to(105 + LOOK_S)
    assert rings == [105 + LOOK_S]
    loop.close()


def test_one_that_was_stopped_does_not_keep_who_was_to_be_called() -> None:
    class Owner:
        def __init__(self, loop: Loop) -> None:
            self.alarm = Alarm(loop, self.ring)  # type: ignore[arg-type]

        def ring(self) -> None:
            raise AssertionError("it was stopped")

    loop = Loop()
    owner = Owner(loop)
    owner.alarm.set(101.0)
    gc.disable()
    try:
        owner.alarm.stop()
        gone = weakref.ref(owner)
        del owner
        assert gone() is None
    finally:
        gc.enable()
    loop.turn_to(102.0)
