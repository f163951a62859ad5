import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from caching.reasons import Lost
from edge.disk.counters import DiskCounters
from edge.disk.folder import Folder
from edge.disk.metadata import Mark
from edge.disk.recovery import recover
from edge.disk.writer import Apply, Drop, Job, Refresh, Write, Writer
from tests.edge.disk.samples import body_of, entry_of, file_of, softly


class Works:
    """A writer with what it said of its jobs."""

    def __init__(self, path: Path) -> None:
        self.folder = Folder(path)
        self.folder.lock()
        recover(self.folder)
        self.counters = DiskCounters()
        self.said: list[tuple[Write | Refresh, Lost | None]] = []
        loop = asyncio.get_running_loop()
        self.writer = Writer(self.folder, loop, self.counters, lambda job, why: self.said.append((job, why)))

    def write(self, serial: int) -> Write:
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        return Write(entry_of(serial, 100), body_of(serial, 100), Mark(), done)

    async def do(self, *jobs: Job, patience_s: float = 60) -> list[Lost | None]:
        """Put them all before the writer begins, so that their order is all that counts."""
        for job in jobs:
            self.writer.put(job)
        self.writer.start()
        await self.writer.stop(patience_s)
        return [why for _, why in self.said]

    @property
    def serials(self) -> list[int]:
        """What a restart would find."""
        self.folder.journal.close()
        return [kept.entry.serial for kept in recover(self.folder).kept]


@pytest.fixture
async def works(tmp_path: Path) -> AsyncIterator[Works]:
    works = Works(tmp_path)
    yield works
    works.folder.journal.close()
    works.folder.unlock()


async def test_jobs_are_done_in_their_order(works: Works) -> None:
    jobs = [works.write(1), works.write(2), Drop(1), works.write(3), Drop(4), Drop(3), works.write(3)]
    assert await works.do(*jobs) == [None] * 4
    assert works.serials == [2, 3]


async def test_what_was_dropped_before_its_turn_is_not_written(works: Works) -> None:
    job = works.write(1)
    job.is_dropped = True
    assert await works.do(job) == [None]
    assert not file_of(works.folder.path, 1).exists()


async def test_a_position_comes_after_what_was_asked_before(works: Works) -> None:
    await works.do(works.write(1), Apply(Mark("log", 5)), works.write(2))
    kinds = [(one.kind, one.number) for one in works.folder.journal.load().kept.values()]
    assert kinds == [(1, 1), (1, 2)] and works.folder.journal.load().mark == Mark("log", 5)


async def test_a_refresh_is_in_file_and_journal(works: Works) -> None:
    newer = softly(entry_of(1, 100))
    assert await works.do(works.write(1), Refresh(newer, Mark())) == [None, None]
    assert [kept.entry for kept in recover(works.folder).kept] == [newer]


async def test_a_refresh_that_cannot_be_done_takes_the_body_with_it(works: Works) -> None:
    job = works.write(1)
    assert await works.do(Refresh(softly(job.entry), Mark())) == [Lost.MISSING]
    assert works.serials == []


async def test_a_refresh_of_a_file_that_is_corrupt_takes_it_away(works: Works) -> None:
    assert await works.do(works.write(1)) == [None]
    file_of(works.folder.path, 1).write_bytes(bytes(1000))
    again = Writer(
        works.folder,
        asyncio.get_running_loop(),
        works.counters,
        lambda job, why: works.said.append((job, why)),
    )
    works.writer = again
    assert await works.do(Refresh(softly(entry_of(1, 100)), Mark())) == [None, Lost.CORRUPT]
    assert not file_of(works.folder.path, 1).exists()


async def test_what_cannot_be_written_has_a_reason(works: Works) -> None:
    file_of(works.folder.path, 1).mkdir()
    file_of(works.folder.path, 2).parent.rmdir()
    jobs = [works.write(1), works.write(2), works.write(3)]
    assert await works.do(*jobs) == [Lost.UNWRITABLE, Lost.MISSING, None]
    assert not list(works.folder.path.rglob("*.tmp"))


async def test_a_mistake_in_one_job_is_not_the_end(works: Works, caplog: pytest.LogCaptureFixture) -> None:
    mistaken = works.write(1)
    mistaken.entry = replace(mistaken.entry, response_ms=2**70)
    refresh = Refresh(replace(entry_of(2, 100), response_ms=2**70), Mark())
    assert await works.do(mistaken, works.write(2), refresh, works.write(3)) == [
        Lost.UNWRITABLE,
        None,
        Lost.UNWRITABLE,
        None,
    ]
    assert works.serials == [3] and "OverflowError" in caplog.text


async def test_what_cannot_be_removed_is_counted(works: Works) -> None:
    file_of(works.folder.path, 1).mkdir()
    await works.do(Drop(1), Drop(2))
    assert works.counters.remove_failures == 1


async def test_what_takes_too_long_at_the_end_is_left_undone(works: Works) -> None:
    jobs = [works.write(serial) for serial in range(1, 50)]
    whys = await works.do(*jobs, Drop(1), patience_s=0)
    assert len(whys) == 49 and set(whys) <= {None, Lost.QUEUE_FULL}
    assert len(works.serials) >= whys.count(None) - 1
