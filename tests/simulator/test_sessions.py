"""What a node is doing, and how all of it ends at once."""

from caching import Failure, Headers, Request
from simulator.call import Call
from simulator.link import Link, Path
from simulator.scheduler import Scheduler
from simulator.sessions import Sessions
from simulator.task import Steps, sleep


class Idle:
    """A server that never answers."""

    def accept(self, call: Call) -> None:
        """Let it wait."""


def test_a_task_counts_until_it_ends() -> None:
    scheduler = Scheduler()
    sessions = Sessions(scheduler)

    async def steps() -> None:
        await sleep(scheduler, 10)

    sessions.start(steps())
    assert len(sessions) == 1
    scheduler.run(10)
    assert len(sessions) == 0


def test_killing_ends_every_task_and_fails_what_it_answered() -> None:
    scheduler = Scheduler()
    sessions, ended = Sessions(scheduler), list[int]()
    request = Request("GET", "http", "origin", "/a", Headers())
    call = Call(scheduler, Path((Link(0),), 0, 1), request, Idle())

    async def steps(number: int) -> None:
        try:
            await sleep(scheduler, 10)
        finally:
            ended.append(number)

    started: list[tuple[Steps, Call | None]] = [(steps(1), call), (steps(2), None)]
    for each, answered in started:
        sessions.start(each, answered)
    scheduler.run(5)
    sessions.kill()
    assert (ended, len(sessions)) == ([1, 2], 0)
    scheduler.run(5)
    assert call.failure is Failure.UNREACHABLE
