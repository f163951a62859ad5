"""What passes between the node that asks and the node that answers, and when."""

import pytest

from caching import Failure, Headers, Request, ResponseHead, Slice
from simulator.body import Body, BodyBrokenError, whole_body
from simulator.call import Call, CallerLeftError
from simulator.link import Link, Path
from simulator.scheduler import Scheduler
from simulator.task import Task, sleep

LATENCY_US = 100
HEAD = ResponseHead(200, Headers())


class Listening:
    """A server that keeps the calls it accepts, with the moment at which they came."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.accepted_us: list[int] = []
        self._scheduler = scheduler

    def accept(self, call: Call) -> None:
        self.accepted_us.append(self._scheduler.now_us)


class Asker:
    """Awaits the outcome of a call, then its body."""

    def __init__(self, limit_us: int = 10_000, bandwidth_bps: int = 0) -> None:
        self.scheduler = Scheduler()
        self.server = Listening(self.scheduler)
        self.path = Path((Link(bandwidth_bps),), LATENCY_US, 1_000)
        request = Request("GET", "http", "origin", "/a", Headers())
        self.call = Call(self.scheduler, self.path, request, self.server)
        self.outcome: ResponseHead | Failure | None = None
        self.came_us: list[int] = []
        self.ending = ""
        Task(self.scheduler, self._steps(limit_us), lambda task: None)

    async def _steps(self, limit_us: int) -> None:
        self.outcome = await self.call.outcome(limit_us)
        self.came_us.append(self.scheduler.now_us)
        position = 0
        try:
            while size_bytes := await self.call.body.beyond(position):
                position += size_bytes
                self.came_us.append(self.scheduler.now_us)
            self.ending = "whole"
        except BodyBrokenError:
            self.ending = "broken"

    def answer(self, body: Body, part: Slice) -> list[str]:
        """Answer the call as a node does; what it notices is noted."""
        noticed: list[str] = []

        async def steps() -> None:
            self.call.answer(HEAD)
            try:
                await self.call.send_part(body, part)
                self.call.end()
                noticed.append("sent")
            except CallerLeftError:
                noticed.append("left")

        Task(self.scheduler, steps(), lambda task: None)
        return noticed


def test_everything_takes_the_latency() -> None:
    asker = Asker()
    asker.scheduler.run(LATENCY_US)
    assert asker.server.accepted_us == [LATENCY_US]
    asker.answer(whole_body(5_000), Slice(0, 5_000))
    asker.scheduler.run(1_000)
    assert (asker.outcome, asker.came_us, asker.ending) == (HEAD, [200, 200], "whole")
    assert asker.call.sent_bytes == asker.call.body.arrived_bytes == 5_000


def test_chunks_come_at_the_pace_of_the_link() -> None:
    asker = Asker(bandwidth_bps=8_000_000)
    asker.answer(whole_body(2_500), Slice(0, 2_500))
    asker.scheduler.run(10_000)
    assert asker.came_us == [100, 1_100, 2_100, 2_600]


@pytest.mark.parametrize(
    ("part", "sent_bytes"), [(Slice(100, 300), 300), (Slice(900, -1), 100), (Slice(0, 0), 0)]
)
def test_only_the_part_is_sent(part: Slice, sent_bytes: int) -> None:
    asker = Asker()
    asker.answer(whole_body(1_000), part)
    asker.scheduler.run(1_000)
    assert (asker.call.body.arrived_bytes, asker.ending) == (sent_bytes, "whole")


def test_a_growing_body_is_sent_as_it_grows() -> None:
    asker, body = Asker(), Body()
    asker.answer(body, Slice(0, -1))
    for delay_us, grow in ((500, 10), (700, 20)):
        asker.scheduler.after(delay_us, lambda grow=grow: body.append(grow))  # type: ignore[misc]
    asker.scheduler.after(900, body.finish)
    asker.scheduler.run(2_000)
    assert (asker.came_us, asker.ending) == ([100, 600, 800], "whole")


@pytest.mark.parametrize("part", [Slice(0, -1), Slice(0, 30)])
def test_a_body_that_breaks_off_breaks_the_answer_off(part: Slice) -> None:
    asker, body = Asker(), Body()
    asker.answer(body, part)
    body.append(10)
    body.break_off()
    asker.scheduler.run(2_000)
    assert (asker.call.body.arrived_bytes, asker.ending) == (10, "broken")


def test_a_body_that_is_shorter_than_was_said_breaks_off() -> None:
    asker = Asker()
    asker.answer(whole_body(10), Slice(0, 30))
    asker.scheduler.run(2_000)
    assert (asker.call.body.arrived_bytes, asker.ending) == (10, "broken")


def test_a_failure_in_the_place_of_a_head() -> None:
    asker = Asker()
    asker.call.fail(Failure.UNREACHABLE)
    asker.call.end()
    asker.scheduler.run(1_000)
    assert (asker.outcome, asker.came_us) == (Failure.UNREACHABLE, [LATENCY_US])


def test_a_late_answer_is_a_timeout_and_the_server_is_told() -> None:
    asker = Asker(limit_us=500)
    asker.scheduler.run(500)
    assert (asker.outcome, asker.came_us) == (Failure.TIMEOUT, [500])
    asker.scheduler.run(600)
    noticed = asker.answer(whole_body(10), Slice(0, 10))
    asker.scheduler.run(1_000)
    assert noticed == ["left"]


def test_the_server_notices_a_latency_later_that_the_caller_left() -> None:
    asker = Asker(bandwidth_bps=8_000_000)
    noticed = asker.answer(whole_body(100_000), Slice(0, 100_000))
    asker.scheduler.after(5_050, asker.call.leave)
    asker.scheduler.run(200_000)
    assert noticed == ["left"]
    assert asker.call.sent_bytes == 6_000, "the chunk that was on the link at that moment still went out"


def test_a_task_that_dies_while_asking_leaves_its_call() -> None:
    scheduler = Scheduler()
    server = Listening(scheduler)
    call = Call(scheduler, Path((Link(0),), 0, 1), Request("GET", "http", "o", "/", Headers()), server)
    noticed: list[str] = []

    async def ask() -> None:
        await call.outcome(10_000)

    async def answer() -> None:
        await sleep(scheduler, 10)
        try:
            await call.send(1)
        except CallerLeftError:
            noticed.append("left")

    task = Task(scheduler, ask(), lambda task: None)
    Task(scheduler, answer(), lambda task: None)
    scheduler.run(5)
    task.close()
    scheduler.run(20)
    assert noticed == ["left"]
