"""What a start makes of every mixture of files and journal that a crash, or a power cut, can leave."""

import gc
from pathlib import Path

import pytest

from caching import Entry
from edge.disk.folder import Folder
from edge.disk.metadata import Mark, encode_entry
from edge.disk.records import Kind
from edge.disk.recovery import Found, recover
from tests.edge.disk.samples import body_of, entry_of, file_of, softly

LOG = "a log"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path / "cache")
    folder.lock()
    recover(folder)
    return folder


def put(folder: Folder, serial: int, position: int = 0, *, noted: bool = True) -> Entry:
    entry = entry_of(serial, 100)
    log_id = LOG if position else ""
    folder.files.write(serial, encode_entry(entry), body_of(serial, 100), Mark(log_id, position))
    if noted:
        folder.journal.append(Kind.KEPT, serial, encode_entry(entry))
    return entry


def apply(folder: Folder, position: int, log_id: str = LOG) -> None:
    folder.journal.append(Kind.APPLIED, position, log_id.encode())


def found_again(folder: Folder) -> Found:
    """What the next process finds, and the one after it as well."""
    folder.unlock()
    folder.lock()
    found = recover(folder)
    again = recover(folder)
    assert again.kept == found.kept and again[1:4] == found[1:4] and again.discarded == 0
    return found


def serials(found: Found) -> list[int]:
    return [kept.entry.serial for kept in found.kept]


def test_a_new_folder_is_empty(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.lock()
    found = recover(folder)
    assert (found.kept, found.position, found.log_id, found.highest) == ([], 0, "", 0)


def test_what_the_journal_knows_is_there_in_the_order_of_writing(folder: Folder) -> None:
    entries = [put(folder, serial) for serial in (3, 1, 2)]
    apply(folder, 9)
    found = found_again(folder)
    assert [kept.entry for kept in found.kept] == entries
    assert [kept.bytes_on_disk for kept in found.kept] == [8192] * 3
    assert (found.position, found.log_id, found.highest) == (9, LOG, 3)


def test_a_record_without_a_file_is_forgotten_and_its_serial_not_used_again(folder: Folder) -> None:
    put(folder, 1)
    put(folder, 2)
    file_of(folder.path, 2).unlink()
    found = found_again(folder)
    assert serials(found) == [1] and found.highest == 2


def test_a_file_that_the_journal_does_not_know_is_asked_itself(folder: Folder) -> None:
    entries = [put(folder, 2), put(folder, 1, noted=False)]
    assert [kept.entry for kept in found_again(folder).kept] == entries


def test_a_file_that_was_dropped_and_is_still_there_is_removed(folder: Folder) -> None:
    put(folder, 1)
    folder.journal.append(Kind.DROPPED, 1)
    found = found_again(folder)
    assert serials(found) == [] and found.discarded == 0 and not file_of(folder.path, 1).exists()


@pytest.mark.parametrize(("position", "is_kept"), [(4, False), (5, True), (6, True)])
def test_an_unknown_file_older_than_the_position_may_have_been_dropped(
    folder: Folder, position: int, is_kept: bool
) -> None:
    put(folder, 1, position, noted=False)
    apply(folder, 5)
    found = found_again(folder)
    assert serials(found) == [1] * is_kept and found.discarded == (not is_kept)
    assert file_of(folder.path, 1).exists() is is_kept
    assert found.position == 5


def test_an_unknown_file_of_another_log_is_not_believed(folder: Folder) -> None:
    put(folder, 1, 6, noted=False)
    apply(folder, 5, "another log")
    assert serials(found_again(folder)) == []


def test_without_a_journal_the_files_say_all_of_it(folder: Folder) -> None:
    entries = [put(folder, serial, position) for serial, position in ((1, 7), (2, 5), (3, 6))]
    apply(folder, 9)
    folder.journal.path.unlink()
    found = found_again(folder)
    assert [kept.entry for kept in found.kept] == entries
    assert (found.position, found.log_id, found.highest) == (5, LOG, 3)


def test_without_a_journal_what_is_of_another_log_than_the_newest_is_not_believed(folder: Folder) -> None:
    folder.files.write(1, encode_entry(entry_of(1, 4)), b"body", Mark("another log", 99))
    put(folder, 2, 5)
    folder.journal.path.unlink()
    found = found_again(folder)
    assert serials(found) == [2] and found.position == 5


@pytest.mark.parametrize("has_journal", [True, False])
def test_the_newest_metadata_is_found(folder: Folder, has_journal: bool) -> None:
    newer = softly(put(folder, 1))
    folder.journal.append(Kind.KEPT, 1, encode_entry(newer))
    folder.files.refresh(1, encode_entry(newer), Mark())
    if not has_journal:
        folder.journal.path.unlink()
    assert [kept.entry for kept in found_again(folder).kept] == [newer]


def test_a_torn_journal_leaves_the_rest_to_the_files(folder: Folder) -> None:
    entries = [put(folder, serial) for serial in (1, 2, 3)]
    data = folder.journal.path.read_bytes()
    folder.journal.path.write_bytes(data[:-1])
    assert [kept.entry for kept in found_again(folder).kept] == entries


def test_unknown_files_that_cannot_be_read_are_removed(folder: Folder) -> None:
    put(folder, 1)
    for serial in (2, 3, 4):
        put(folder, serial, noted=False)
    file_of(folder.path, 2).write_bytes(b"")
    file_of(folder.path, 3).write_bytes(file_of(folder.path, 1).read_bytes())
    file_of(folder.path, 4).write_bytes(file_of(folder.path, 4).read_bytes()[:-1])
    found = found_again(folder)
    assert serials(found) == [1] and found.discarded == 3
    assert [serial for serial in (1, 2, 3, 4) if file_of(folder.path, serial).exists()] == [1]


def test_an_entry_that_is_not_that_of_its_file_is_not_believed(folder: Folder) -> None:
    folder.files.write(1, encode_entry(entry_of(2, 4)), b"body", Mark())
    folder.files.write(3, encode_entry(entry_of(3, 5)), b"body", Mark())
    folder.files.write(4, b"\x01", b"body", Mark())
    assert serials(found_again(folder)) == []


def test_a_record_that_is_no_entry_leaves_it_to_the_file(folder: Folder) -> None:
    entry = put(folder, 1, noted=False)
    folder.journal.append(Kind.KEPT, 1, b"\x01")
    assert [kept.entry for kept in found_again(folder).kept] == [entry]


def test_what_will_not_go_does_not_come_back(folder: Folder) -> None:
    put(folder, 1)
    folder.journal.append(Kind.DROPPED, 1)
    path = file_of(folder.path, 1)
    path.unlink()
    path.mkdir()
    assert recover(folder).kept == [] and folder.files.undead == {1}
    assert folder.journal.load().dropped == {1}


def test_the_collector_is_as_it_was() -> None:
    assert gc.isenabled()
