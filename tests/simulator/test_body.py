"""Bodies that arrive over time, and their readers."""

from simulator.body import Body, BodyBrokenError, whole_body
from simulator.scheduler import Scheduler
from simulator.task import Task


def read(scheduler: Scheduler, body: Body, offset: int = 0) -> list[int | str]:
    """What a reader sees: the pieces as they come, and how it ends."""
    seen: list[int | str] = []

    async def steps() -> None:
        position = offset
        try:
            while size_bytes := await body.beyond(position):
                seen.append(size_bytes)
                position += size_bytes
            seen.append("end")
        except BodyBrokenError:
            seen.append("broken")

    Task(scheduler, steps(), lambda task: None)
    return seen


def test_a_reader_gets_each_piece_when_it_comes() -> None:
    scheduler, body = Scheduler(), Body()
    seen = read(scheduler, body)
    for size_bytes in (3, 4):
        body.append(size_bytes)
        scheduler.run(0)
    assert seen == [3, 4]
    body.finish()
    scheduler.run(0)
    assert seen == [3, 4, "end"]


def test_a_late_reader_gets_what_is_there_in_one_piece() -> None:
    scheduler, body = Scheduler(), Body()
    body.append(3)
    body.append(4)
    seen, beyond = read(scheduler, body, 2), read(scheduler, body, 9)
    body.finish()
    scheduler.run(0)
    assert (seen, beyond) == ([5, "end"], ["end"])


def test_a_broken_body_gives_what_there_is_and_says_so() -> None:
    scheduler, body = Scheduler(), Body()
    body.append(3)
    body.break_off()
    seen = read(scheduler, body)
    scheduler.run(0)
    assert seen == [3, "broken"]


def test_the_size_is_known_when_it_is_whole() -> None:
    scheduler, body, sizes = Scheduler(), Body(), list[int | None]()

    async def steps() -> None:
        try:
            sizes.append(await body.whole())
        except BodyBrokenError:
            sizes.append(None)

    Task(scheduler, steps(), lambda task: None)
    body.append(5)
    scheduler.run(0)
    assert not sizes
    body.finish()
    scheduler.run(0)
    body = Body()
    Task(scheduler, steps(), lambda task: None)
    body.break_off()
    scheduler.run(0)
    assert sizes == [5, None]


def test_a_whole_body_is_there_at_once() -> None:
    scheduler, body = Scheduler(), whole_body(12)
    seen = read(scheduler, body)
    scheduler.run(0)
    assert seen == [12, "end"]
