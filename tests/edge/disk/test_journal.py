import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.disk.journal import Journal
from edge.disk.records import MAGIC, SLACK_BYTES, Contents, Kind, frame


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    journal = Journal(tmp_path / "journal")
    journal.begin(journal.load())
    return journal


@contextmanager
def no_larger_than(size_bytes: int) -> Iterator[None]:
    """No file may grow beyond this, as on a full disk: the last write is done in part, the next one not."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def kept(journal: Journal) -> dict[int, bytes]:
    contents = journal.load()
    assert contents.whole_bytes == journal.path.stat().st_size
    return {serial: bytes(contents.payload(record)) for serial, record in contents.kept.items()}


def test_records_are_there_for_whoever_comes_next(journal: Journal) -> None:
    journal.append(Kind.KEPT, 1, b"one")
    journal.append(Kind.APPLIED, 7, b"log")
    journal.close()
    again = Journal(journal.path)
    again.begin(again.load())
    again.append(Kind.KEPT, 2, b"two")
    again.append(Kind.DROPPED, 1)
    assert kept(again) == {2: b"two"}
    assert again.load().mark == ("log", 7) and again.load().newest_serial == 2
    assert journal.path.stat().st_mode & 0o777 == 0o600


def test_a_torn_end_is_ignored_and_written_over(journal: Journal) -> None:
    journal.append(Kind.KEPT, 1, b"one")
    journal.close()
    with journal.path.open("ab") as file:
        file.write(frame(Kind.KEPT, 2, b"two")[:-1])
    again = Journal(journal.path)
    again.begin(again.load())
    again.append(Kind.KEPT, 3, b"three")
    assert kept(again) == {1: b"one", 3: b"three"}


def test_what_is_left_of_a_new_one_is_removed(journal: Journal) -> None:
    half = journal.path.with_name("journal.tmp")
    half.write_bytes(MAGIC)
    journal.load()
    assert not half.exists()


@pytest.mark.parametrize("data", [b"", b"something else"])
def test_what_is_no_journal_is_begun_anew(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "journal").write_bytes(data)
    journal = Journal(tmp_path / "journal")
    contents = journal.load()
    assert not contents.whole_bytes
    journal.begin(contents)
    journal.append(Kind.KEPT, 1, b"one")
    assert kept(journal) == {1: b"one"}


def test_one_that_cannot_be_read_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    journal = Journal(tmp_path / "journal")
    assert not journal.load().whole_bytes
    journal.begin(journal.load())
    journal.append(Kind.KEPT, 1, b"is not noted, and harms nothing")
    assert not journal.compact([])


def test_a_record_that_does_not_fit_is_taken_back(journal: Journal) -> None:
    journal.append(Kind.KEPT, 1, b"one")
    with no_larger_than(journal.path.stat().st_size + 30), pytest.raises(OSError, match="too large"):
        journal.append(Kind.KEPT, 2, bytes(50))
    journal.append(Kind.KEPT, 3, b"three")
    assert kept(journal) == {1: b"one", 3: b"three"}


def test_a_journal_that_cannot_be_mended_is_given_up(journal: Journal) -> None:
    journal.append(Kind.KEPT, 1, b"one")
    os.close(journal._fd)
    with pytest.raises(OSError, match="descriptor"):
        journal.append(Kind.KEPT, 2, b"two")
    assert not journal.path.exists()
    journal.append(Kind.KEPT, 3, b"three")


def test_it_is_written_anew_when_it_has_grown_to_twice_what_it_was(journal: Journal) -> None:
    journal.append(Kind.KEPT, 1, b"one")
    journal.append(Kind.APPLIED, 7, b"log")
    journal.append(Kind.DROPPED, 8)
    assert not journal.compact([])
    for _ in range(5):
        journal.append(Kind.KEPT, 2, bytes(SLACK_BYTES // 4))
    assert journal.compact([9])
    assert journal.path.stat().st_size < SLACK_BYTES // 2
    journal.append(Kind.KEPT, 3, b"three")
    assert list(kept(journal)) == [1, 2, 3]
    contents = journal.load()
    assert contents.mark == ("log", 7) and contents.newest_serial == 9 and contents.dropped == {9}
    assert not list(journal.path.parent.glob("*.tmp"))


def test_it_goes_on_when_there_is_no_room_to_write_it_anew(journal: Journal) -> None:
    journal.append(Kind.KEPT, 1, bytes(SLACK_BYTES))
    journal.append(Kind.KEPT, 1, bytes(SLACK_BYTES))
    with no_larger_than(SLACK_BYTES // 2):
        assert not journal.compact([])
        assert not journal.compact([])
    journal.append(Kind.KEPT, 2, b"two")
    assert list(kept(journal)) == [1, 2]
    assert not list(journal.path.parent.glob("*.tmp"))


def test_a_start_without_room_goes_on_behind_what_is_whole(tmp_path: Path) -> None:
    whole = MAGIC + frame(Kind.KEPT, 1, bytes(100_000))
    (tmp_path / "journal").write_bytes(whole + b"torn")
    journal = Journal(tmp_path / "journal")
    with no_larger_than(50_000):
        journal.begin(journal.load())
    journal.append(Kind.KEPT, 2, b"two")
    assert list(kept(journal)) == [1, 2]
    assert not list(tmp_path.glob("*.tmp"))


def test_a_start_without_room_for_any_goes_on_without(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    with no_larger_than(4):
        journal.begin(Contents(b""))
    journal.append(Kind.KEPT, 1, b"one")
    assert list(tmp_path.iterdir()) == []
