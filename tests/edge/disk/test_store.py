"""The store as the node uses it: real files, real threads, and everything that can be wrong with a disk."""

import asyncio
import contextlib
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from caching.reasons import Lost
from edge.disk import DiskStore
from edge.settings import DiskSettings
from tests.edge.disk.samples import body_of, entry_of, file_of, leftovers, opened, softly


async def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    async with opened(tmp_path) as disk:
        assert disk.found.kept == []
        assert await disk.write(1, 2, 3) == [True] * 3
        assert await disk.holds(1, 2, 3)
        assert (disk.store.counters.writes, disk.store.counters.written_bytes) == (3, 30_000)
    async with opened(tmp_path) as disk:
        assert [kept.entry for kept in disk.found.kept] == [entry_of(serial, 10_000) for serial in (1, 2, 3)]
        assert disk.found.highest == 3 and disk.store.counters.found == 3
        assert await disk.holds(1, 2, 3)
        assert disk.lost == [] and leftovers(tmp_path) == []


async def test_an_empty_body_is_a_body(tmp_path: Path) -> None:
    async with opened(tmp_path) as disk:
        await disk.write(1, size_bytes=0)
    async with opened(tmp_path) as disk:
        assert await disk.store.read(1) == b""


async def test_until_it_is_written_a_body_is_served_from_memory(tmp_path: Path) -> None:
    async with opened(tmp_path) as disk:
        written = disk.store.write(entry_of(1, 10_000), body_of(1))
        assert disk.store.peek(1) == body_of(1) == await disk.store.read(1)
        assert disk.store.counters.queued_bytes == 10_000 and disk.store.counters.reads == 0
        assert await written
        assert disk.store.peek(1) is None and disk.store.counters.queued_bytes == 0


async def test_a_body_is_mapped_once_for_all_who_ask(tmp_path: Path) -> None:
    async with opened(tmp_path) as disk:
        await disk.write(1)
        views = await asyncio.gather(*(disk.store.read(1) for _ in range(5)))
        assert views == [body_of(1)] * 5
        assert disk.store.peek(1) is not None and disk.store.mapped == 1
        assert (disk.store.counters.reads, disk.store.counters.read_bytes) == (1, 10_000)


async def test_who_leaves_takes_nothing_from_the_others(tmp_path: Path) -> None:
    async with opened(tmp_path) as disk:
        await disk.write(1)
        one, two = (asyncio.create_task(disk.store.read(1)) for _ in range(2))
        await asyncio.sleep(0)
        one.cancel()
        assert await two == body_of(1)


async def test_mappings_are_bounded_and_live_until_they_were_read(tmp_path: Path) -> None:
    async with opened(tmp_path, mappings=2) as disk:
        await disk.write(1, 2, 3)
        first = await disk.store.read(1)
        assert await disk.holds(2, 3)
        assert disk.store.peek(1) is None and disk.store.mapped == 2
        disk.store.drop(3)
        assert disk.store.peek(3) is None
        assert first == body_of(1)
        assert await disk.holds(1)


async def test_a_body_whose_length_is_another_is_a_mistake(tmp_path: Path) -> None:
    async with opened(tmp_path) as disk:
        with pytest.raises(RuntimeError, match="has 5 bytes, its body 4"):
            disk.store.write(entry_of(1, 5), b"body")


async def test_what_was_dropped_is_gone(tmp_path: Path) -> None:
    async with opened(tmp_path) as disk:
        await disk.write(1, 2)
        disk.store.drop(1)
        unwritten = disk.store.write(entry_of(3, 10_000), body_of(3))
        disk.store.drop(3)
        assert disk.store.peek(3) is None
        assert not await unwritten
    async with opened(tmp_path) as disk:
        assert list(disk.entries) == [2] and disk.found.highest >= 2
        assert not file_of(tmp_path, 1).exists() and not file_of(tmp_path, 3).exists()


async def test_what_was_dropped_may_be_written_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as disk:
        first = disk.store.write(entry_of(1, 10_000), body_of(1))
        disk.store.drop(1)
        assert await disk.write(1) == [True] and not await first
        assert await disk.holds(1)
    async with opened(tmp_path) as disk:
        assert await disk.holds(1)


async def test_a_body_that_is_dropped_while_it_is_opened_is_no_loss(tmp_path: Path) -> None:
    async with opened(tmp_path) as disk:
        await disk.write(1)
        reading = asyncio.create_task(disk.store.read(1))
        await asyncio.sleep(0)
        disk.store.drop(1)
        assert await reading in (None, body_of(1))
        assert disk.store.peek(1) is None and disk.store.mapped == 0
        assert disk.lost == []


async def test_many_drops_are_done_in_the_end(tmp_path: Path) -> None:
    async with opened(tmp_path, queue_bytes=10**9) as disk:
        serials = range(1, 501)
        assert all(await disk.write(*serials, size_bytes=10))
        for serial in serials:
            disk.store.drop(serial)
    assert not list((tmp_path / "objects").glob("*/*"))


@pytest.mark.parametrize("has_journal", [True, False])
async def test_a_refresh_survives(tmp_path: Path, has_journal: bool) -> None:
    async with opened(tmp_path) as disk:
        await disk.write(1, 2)
        disk.store.refresh(softly(entry_of(1, 10_000)))
    if not has_journal:
        (tmp_path / "journal").unlink()
    async with opened(tmp_path) as disk:
        assert disk.entries == {1: softly(entry_of(1, 10_000)), 2: entry_of(2, 10_000)}
        assert await disk.holds(1)


async def test_a_refresh_that_cannot_be_done_loses_the_body(tmp_path: Path) -> None:
    async with opened(tmp_path) as disk:
        await disk.write(1)
        file_of(tmp_path, 1).unlink()
        disk.store.refresh(softly(entry_of(1, 10_000)))
    assert disk.lost == [(1, Lost.MISSING)]
    assert disk.store.counters.write_failures == {Lost.MISSING: 1}


async def test_a_restart_goes_on_behind_the_event_that_was_applied(tmp_path: Path) -> None:
    async with opened(tmp_path) as disk:
        assert (disk.found.position, disk.found.log_id) == (0, "")
        disk.store.applied(7, "a log")
        await disk.write(1)
        disk.store.applied(8, "a log")
    async with opened(tmp_path) as disk:
        assert (disk.found.position, disk.found.log_id) == (8, "a log")
        await disk.write(2)
    (tmp_path / "journal").unlink()
    async with opened(tmp_path) as disk:
        assert (disk.found.position, disk.found.log_id) == (7, "a log")


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def shortened(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


Harm = Callable[[Path], object]


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (flipped, Lost.CORRUPT),
        (shortened, Lost.TRUNCATED),
        (Path.unlink, Lost.MISSING),
        (a_folder, Lost.UNREADABLE),
    ],
)
async def test_what_cannot_be_read_back_is_a_miss(tmp_path: Path, harm: Harm, why: Lost) -> None:
    async with opened(tmp_path) as disk:
        await disk.write(1, 2)
    harm(file_of(tmp_path, 1))
    async with opened(tmp_path) as disk:
        assert await asyncio.gather(disk.store.read(1), disk.store.read(1)) == [None, None]
        assert disk.lost == [(1, why)] and disk.store.counters.lost == {why: 1}
        assert await disk.holds(2)
    assert not file_of(tmp_path, 1).is_file()
    async with opened(tmp_path) as disk:
        assert set(disk.entries) <= {2}


async def test_the_scrubber_tells_of_what_has_gone_bad(tmp_path: Path) -> None:
    async with opened(tmp_path) as disk:
        await disk.write(1, 2)
    flipped(file_of(tmp_path, 1))
    lost: asyncio.Queue[tuple[int, Lost]] = asyncio.Queue()
    settings = DiskSettings(folder=tmp_path, scrub_bytes_per_s=10**9)
    store = DiskStore(settings, lambda serial, why: lost.put_nowait((serial, why)))
    await store.open()
    assert await lost.get() == (1, Lost.CORRUPT)
    await store.close()
    assert store.counters.lost == {Lost.CORRUPT: 1} and lost.empty()
    assert not file_of(tmp_path, 1).exists()


async def test_what_does_not_fit_in_the_queue_is_declined(tmp_path: Path) -> None:
    async with opened(tmp_path, queue_bytes=15_000) as disk:
        one, two = (disk.store.write(entry_of(serial, 10_000), body_of(serial)) for serial in (1, 2))
        small = disk.store.write(entry_of(3, 10), body_of(3, 10))
        assert disk.lost == [] and disk.store.peek(2) is None
        assert [await one, await two, await small] == [True, False, True]
        assert disk.lost == [(2, Lost.QUEUE_FULL)]
        assert disk.store.counters.write_failures == {Lost.QUEUE_FULL: 1}
        assert await disk.write(2) == [True]


async def test_a_folder_is_for_one_store_at_a_time(tmp_path: Path) -> None:
    async with opened(tmp_path):
        with pytest.raises(OSError, match=f"disk: {tmp_path}: another process has this folder"):
            async with opened(tmp_path):
                pass
    async with opened(tmp_path):
        pass


async def test_a_store_that_is_not_open_keeps_nothing(tmp_path: Path) -> None:
    lost: list[tuple[int, Lost]] = []
    store = DiskStore(DiskSettings(folder=tmp_path), lambda serial, why: lost.append((serial, why)))
    assert not await store.write(entry_of(1, 4), b"body")
    store.drop(1)
    await store.close()
    assert lost == [(1, Lost.QUEUE_FULL)]
    with pytest.raises(ValueError, match="folder"):
        DiskStore(DiskSettings(), lambda serial, why: None)


@contextlib.contextmanager
def no_descriptors_left() -> Iterator[None]:
    """All descriptors that may be open are."""
    before, taken = resource.getrlimit(resource.RLIMIT_NOFILE), [os.dup(0)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (taken[0] + 20, before[1]))
    with contextlib.suppress(OSError):
        while True:
            taken.append(os.dup(0))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        for fd in taken:
            os.close(fd)


async def test_when_descriptors_are_scarce_mappings_are_let_go(tmp_path: Path) -> None:
    async with opened(tmp_path) as disk:
        serials = range(1, 11)
        assert all(await disk.write(*serials, 11)) and await disk.holds(*serials)
        with no_descriptors_left():
            assert await disk.store.read(11) == body_of(11)
        assert disk.store.mapped == 6 and disk.lost == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k,nr_inodes=2k", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("a small file system can't be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


async def test_a_full_disk_declines_and_goes_on(small_disk: Path) -> None:
    async with opened(small_disk) as disk:
        written = await disk.write(*range(1, 41))
        kept = [serial for serial, is_written in enumerate(written, 1) if is_written]
        lost = [serial for serial, is_written in enumerate(written, 1) if not is_written]
        assert 10 < len(kept) < 30
        assert disk.lost == [(serial, Lost.NO_SPACE) for serial in lost]
        assert leftovers(small_disk) == []
        assert await disk.holds(*kept)
        for serial in kept[:5]:
            disk.store.drop(serial)
        assert await disk.write(50) == [True]
    async with opened(small_disk) as disk:
        assert set(disk.entries) == {*kept[5:], 50}
        assert await disk.holds(*disk.entries)


async def test_a_refresh_on_a_full_disk_never_leaves_what_is_older(small_disk: Path) -> None:
    async with opened(small_disk) as disk:
        written = await disk.write(*range(1, 41))
        kept = [serial for serial, is_written in enumerate(written, 1) if is_written]
        disk.lost.clear()
        (small_disk / "filler").write_bytes(b"")
        with contextlib.suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as filler:
            while filler.write(bytes(4096)):
                pass
        newer = {serial: softly(entry_of(serial, 10_000, key="k" * 5_000)) for serial in kept}
        for entry in newer.values():
            disk.store.refresh(entry)
    lost = {serial for serial, why in disk.lost if why is Lost.NO_SPACE}
    assert lost and len(disk.lost) == len(lost)
    async with opened(small_disk) as disk:
        assert disk.entries == {serial: newer[serial] for serial in kept if serial not in lost}


async def test_a_start_on_a_full_disk_finds_what_is_there(small_disk: Path) -> None:
    async with opened(small_disk) as disk:
        written = await disk.write(*range(1, 41))
    (small_disk / "journal").unlink()
    async with opened(small_disk) as disk:
        assert len(disk.entries) == sum(written)
        assert await disk.holds(*disk.entries)
