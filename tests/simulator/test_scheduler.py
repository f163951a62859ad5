"""Order and time of callbacks."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scheduler import Scheduler


@given(st.lists(st.integers(0, 50), max_size=40))
def test_callbacks_run_when_due_and_first_come_first_served(delays_us: list[int]) -> None:
    scheduler, ran = Scheduler(), list[tuple[int, int]]()

    def run(number: int) -> None:
        ran.append((scheduler.now_us, number))

    for number, delay_us in enumerate(delays_us):
        scheduler.after(delay_us, partial(run, number))
    scheduler.run(50)
    assert ran == sorted((delay_us, number) for number, delay_us in enumerate(delays_us))
    assert scheduler.now_us == 50


def test_what_a_callback_asks_for_at_once_runs_after_what_is_due_already() -> None:
    scheduler, ran = Scheduler(), list[str]()

    def first() -> None:
        ran.append("first")
        scheduler.after(0, partial(ran.append, "third"))

    scheduler.after(5, first)
    scheduler.after(5, partial(ran.append, "second"))
    scheduler.run(5)
    assert ran == ["first", "second", "third"]


def test_nothing_beyond_the_limit_runs() -> None:
    scheduler, ran = Scheduler(), list[int]()
    scheduler.after(11, partial(ran.append, 11))
    scheduler.run(10)
    assert not ran
    scheduler.run(11)
    assert ran == [11]


def test_a_cancelled_timer_neither_runs_nor_moves_the_clock() -> None:
    scheduler, ran = Scheduler(), list[int]()
    timer = scheduler.after(1_000, partial(ran.append, 1))
    scheduler.after(10, timer.cancel)
    scheduler.after(20, partial(ran.append, 2))
    scheduler.run_while(lambda: not ran)
    assert (ran, scheduler.now_us) == ([2], 20)


def test_the_wall_clock_goes_on_in_whole_milliseconds() -> None:
    scheduler = Scheduler(1_700_000_000_000)
    scheduler.run(2_999)
    assert scheduler.now_ms == 1_700_000_000_002
    assert scheduler.us_until(1_700_000_000_005) == 2_001
    assert scheduler.us_until(1_700_000_000_001) == 0


def test_waiting_for_what_cannot_happen_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="nothing is due"):
        Scheduler().run_while(lambda: True)


def test_the_past_is_refused() -> None:
    with pytest.raises(ValueError, match="delay_us: must not be negative, not -1"):
        Scheduler().after(-1, lambda: None)
