"""Coroutines on the scheduler."""

import pytest

from simulator.scheduler import Scheduler
from simulator.task import Signal, Steps, Task, sleep


def start(scheduler: Scheduler, steps: Steps) -> Task:
    return Task(scheduler, steps, lambda task: None)


def test_a_task_goes_on_after_its_sleep() -> None:
    scheduler, seen = Scheduler(), list[int]()

    async def steps() -> None:
        for delay_us in (5, 0, 7):
            await sleep(scheduler, delay_us)
            seen.append(scheduler.now_us)

    start(scheduler, steps())
    assert not seen
    scheduler.run(100)
    assert seen == [5, 5, 12]


def test_those_who_wait_for_a_signal_go_on_in_the_order_in_which_they_came() -> None:
    scheduler, signal, seen = Scheduler(), Signal(), list[int]()

    async def steps(number: int) -> None:
        await signal.wait()
        seen.append(number)

    for number in (3, 1, 2):
        start(scheduler, steps(number))
    scheduler.run(10)
    signal.set()
    assert not seen, "nobody goes on inside the call that sets the signal"
    scheduler.run(10)
    assert seen == [3, 1, 2]
    start(scheduler, steps(4))
    scheduler.run(10)
    assert seen == [3, 1, 2, 4]


@pytest.mark.parametrize(("set_at_us", "ended_us", "is_set"), [(30, 30, True), (60, 50, False)])
def test_waiting_has_a_limit(set_at_us: int, ended_us: int, is_set: bool) -> None:
    scheduler, signal, seen = Scheduler(), Signal(), list[tuple[int, bool]]()

    async def steps() -> None:
        await signal.wait_for(scheduler, 50)
        seen.append((scheduler.now_us, signal.is_set))

    start(scheduler, steps())
    scheduler.after(set_at_us, signal.set)
    scheduler.run(100)
    assert seen == [(ended_us, is_set)]


def test_a_closed_task_cleans_up_and_goes_no_further() -> None:
    scheduler, ended, seen = Scheduler(), list[Task](), list[str]()

    async def steps() -> None:
        try:
            await sleep(scheduler, 10)
            seen.append("went on")
        finally:
            seen.append("cleaned up")

    task = Task(scheduler, steps(), ended.append)
    scheduler.run(5)
    task.close()
    task.close()
    scheduler.run(100)
    assert (seen, ended) == (["cleaned up"], [task])


def test_a_task_that_was_closed_before_its_first_step_never_runs() -> None:
    scheduler, seen = Scheduler(), list[str]()

    async def steps() -> None:
        seen.append("ran")

    start(scheduler, steps()).close()
    scheduler.run(10)
    assert not seen


def test_an_exception_leaves_the_run() -> None:
    scheduler = Scheduler()

    async def steps() -> None:
        await sleep(scheduler, 1)
        raise LookupError("of the task")

    start(scheduler, steps())
    with pytest.raises(LookupError, match="of the task"):
        scheduler.run(10)
