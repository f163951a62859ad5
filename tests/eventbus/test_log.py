"""What the log promises about durability, torn tails and damage; every case on a real file."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventbus.events import AssetPublished, Purged, Scope
from eventbus.log import EventLog, LogError, LogTrouble


def purge(n: int) -> Purged:
    return Purged(Scope.URL, f"/vod/{n}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.log"


def filled(path: Path, count: int) -> list[int]:
    """A closed log of `count` records; where each ends, index 0 being the end of the header."""
    log = EventLog(path)
    ends = [path.stat().st_size]
    for n in range(1, count + 1):
        log.append(purge(n), 1_000 + n)
        ends.append(path.stat().st_size)
    log.close()
    return ends


def test_positions_count_from_one_and_survive_reopening(path: Path) -> None:
    log = EventLog(path)
    assert log.newest == 0
    assert [log.append(purge(n), 5).position for n in range(3)] == [1, 2, 3]
    identity = log.identity
    log.close()
    again = EventLog(path)
    assert (again.newest, again.identity, again.torn_bytes) == (3, identity, 0)
    assert again.append(AssetPublished("a", "v"), 9).position == 4
    assert [record.position for record in again.read(2, 10)] == [3, 4]
    assert again.read(3, 10)[0].event == AssetPublished("a", "v")


def test_reading_is_bounded_and_empty_at_the_end(path: Path) -> None:
    filled(path, 5)
    log = EventLog(path)
    assert [record.position for record in log.read(1, 2)] == [2, 3]
    assert log.read(5, 10) == []
    assert log.read(99, 10) == []
    assert log.read(0, 0) == []


def test_each_new_log_has_an_identity_of_its_own(tmp_path: Path) -> None:
    logs = [EventLog(tmp_path / name) for name in ("a.log", "b.log")]
    assert logs[0].identity != logs[1].identity


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_tail_torn_anywhere_is_cut_off_and_said(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("log") / "events.log"
    ends = filled(path, 3)
    kept = data.draw(st.integers(0, 2))
    torn_bytes = data.draw(st.integers(1, ends[kept + 1] - ends[kept] - 1))
    os.truncate(path, ends[kept] + torn_bytes)
    log = EventLog(path)
    assert (log.newest, log.torn_bytes) == (kept, torn_bytes)
    assert path.stat().st_size == ends[kept]
    assert log.append(purge(9), 7).position == kept + 1
    assert log.read(kept, 5)[0].event == purge(9)
    log.close()


def test_a_tail_of_unwritten_blocks_is_torn(path: Path) -> None:
    ends = filled(path, 2)
    os.truncate(path, ends[2] + 4_096)
    log = EventLog(path)
    assert (log.newest, log.torn_bytes) == (2, 4_096)


def test_a_record_with_a_sector_that_never_reached_the_disk_is_torn(path: Path) -> None:
    ends = filled(path, 8)
    straddling = next(n for n in range(1, 9) if ends[n - 1] // 512 != (ends[n] - 1) // 512)
    os.truncate(path, ends[straddling])
    boundary = ends[straddling] // 512 * 512
    with path.open("r+b") as file:
        file.seek(ends[straddling - 1])
        file.write(bytes(boundary - ends[straddling - 1]))
    log = EventLog(path)
    assert (log.newest, log.torn_bytes) == (straddling - 1, ends[straddling] - ends[straddling - 1])


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_flipped_bit_in_any_record_is_refused_with_file_and_record(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("log") / "events.log"
    ends = filled(path, 3)
    record = data.draw(st.integers(1, 3))
    # The newline of the last record is left alone: without it the record is a torn tail, and rightly so.
    offset = data.draw(st.integers(ends[record - 1], ends[record] - 2))
    content = bytearray(path.read_bytes())
    content[offset] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    with pytest.raises(LogError) as refusal:
        EventLog(path)
    assert refusal.value.reason is LogTrouble.CORRUPT
    assert f"{path}: record {record}" in str(refusal.value)


def test_a_record_missing_in_the_middle_is_refused(path: Path) -> None:
    ends = filled(path, 3)
    data = path.read_bytes()
    path.write_bytes(data[: ends[1]] + data[ends[2] :])
    with pytest.raises(LogError, match="record 2 says that it is record 3"):
        EventLog(path)


def test_damage_that_comes_while_the_log_is_open_is_refused_when_read(path: Path) -> None:
    ends = filled(path, 3)
    log = EventLog(path)
    with path.open("r+b") as file:
        file.seek(ends[1] + 12)
        file.write(b"#")
    assert log.read(2, 1)[0].position == 3
    with pytest.raises(LogError, match="record 2 fails its checksum"):
        log.read(0, 10)


def test_a_log_whose_birth_was_interrupted_is_born_again(path: Path) -> None:
    filled(path, 0)
    os.truncate(path, 20)
    log = EventLog(path)
    assert (log.newest, log.torn_bytes) == (0, 0)
    log.append(purge(1), 5)
    log.close()
    assert EventLog(path).newest == 1


@pytest.mark.parametrize(
    "content", [b"hello", b"hello\n", b"headwater-log 2 0123456789abcdef\n", b"headwater-log 1 xyz\n"]
)
def test_a_file_that_is_no_log_is_left_untouched(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(LogError, match="not an event log") as refusal:
        EventLog(path)
    assert refusal.value.reason is LogTrouble.UNREADABLE
    assert path.read_bytes() == content


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="No such file"):
        EventLog(tmp_path / "nowhere" / "events.log")


def test_two_holders_of_one_log_are_refused(path: Path) -> None:
    log = EventLog(path)
    with pytest.raises(LogError) as refusal:
        EventLog(path)
    assert refusal.value.reason is LogTrouble.IN_USE
    log.close()
    EventLog(path).close()


def test_a_refused_write_leaves_nothing_behind_and_the_log_goes_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = filled(path, 1)
    log = EventLog(path)

    def full(fd: int, data: memoryview, offset: int) -> int:
        if offset > ends[1]:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(fd, data[:10], offset)

    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(LogError, match=r"can't write record 2.*No space left") as refusal:
        log.append(purge(2), 5)
    assert refusal.value.reason is LogTrouble.BROKEN
    assert (log.newest, path.stat().st_size) == (1, ends[1])
    monkeypatch.undo()
    assert log.append(purge(2), 5).position == 2


def test_a_write_that_cannot_be_undone_closes_the_log(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = EventLog(path)

    def fails(fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(LogError, match="Input/output error"):
        log.append(purge(1), 5)
    monkeypatch.undo()
    with pytest.raises(LogError, match="couldn't be undone"):
        log.append(purge(1), 5)


def test_a_closed_log_takes_no_records(path: Path) -> None:
    log = EventLog(path)
    log.close()
    log.close()
    with pytest.raises(LogError, match="is closed"):
        log.append(purge(1), 5)
