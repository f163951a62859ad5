import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caching.reasons import Lost
from edge.disk.files import ObjectFiles, occupied_bytes, write_all
from edge.disk.losses import LostError
from edge.disk.metadata import Mark, encode_entry
from tests.edge.disk.samples import body_of, entry_of, softly

MARK = Mark("a log", 7)
METADATA = encode_entry(entry_of(5, 10_000))
LATER = encode_entry(softly(entry_of(5, 10_000)))
in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def files(tmp_path: Path) -> ObjectFiles:
    files = ObjectFiles(tmp_path / "objects")
    files.make_folders()
    files.make_folders()
    return files


def written(files: ObjectFiles, size_bytes: int = 10_000) -> Path:
    files.write(5, METADATA, body_of(5, size_bytes), MARK)
    return Path(files.path(5))


def why(files: ObjectFiles) -> Lost:
    with pytest.raises(LostError) as raised:
        files.map_body(5)
    return raised.value.why


@pytest.mark.parametrize("size_bytes", [0, 1, 4096, 10_000, 3_000_000])
def test_what_was_written_is_mapped(files: ObjectFiles, size_bytes: int) -> None:
    path = written(files, size_bytes)
    view = files.map_body(5)
    assert view == body_of(5, size_bytes) and view.readonly
    assert (files.head(5).mark, files.head(5).metadata) == (MARK, METADATA)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_view_can_be_written_and_metadata_of_any_length(files: ObjectFiles) -> None:
    long = encode_entry(entry_of(5, 4, key="k" * 50_000))
    files.write(5, long, memoryview(b"..body..")[2:-2], MARK)
    assert files.map_body(5) == b"body"
    assert files.head(5).metadata == long


@in_one_folder
@given(st.data())
def test_a_byte_that_changed_anywhere_is_found(files: ObjectFiles, data: st.DataObject) -> None:
    path = written(files)
    whole = bytearray(path.read_bytes())
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(whole)
    assert why(files) in {Lost.CORRUPT, Lost.TRUNCATED}


@in_one_folder
@given(st.data())
def test_a_file_that_was_cut_off_anywhere_is_found(files: ObjectFiles, data: st.DataObject) -> None:
    path = written(files)
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    assert why(files) is Lost.TRUNCATED
    with pytest.raises(LostError):
        files.head(5)


@in_one_folder
@given(st.data())
def test_what_stands_behind_a_body_is_checked_too(files: ObjectFiles, data: st.DataObject) -> None:
    path = written(files)
    before = path.stat().st_size
    files.refresh(5, LATER, MARK)
    whole = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        whole[data.draw(st.integers(before, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    else:
        del whole[data.draw(st.integers(before + 1, len(whole) - 1)) :]
    path.write_bytes(whole)
    with pytest.raises(LostError):
        files.head(5)
    assert files.map_body(5) == body_of(5)


def test_the_file_of_another_body_is_no_answer(files: ObjectFiles) -> None:
    written(files).rename(files.path(6))
    with pytest.raises(LostError) as raised:
        files.map_body(6)
    assert raised.value.why is Lost.CORRUPT


def test_a_refresh_leaves_the_body_where_it_is(files: ObjectFiles) -> None:
    path = written(files)
    reader = files.map_body(5)
    inode = path.stat().st_ino
    for metadata in (LATER + bytes(9), LATER, METADATA):
        files.refresh(
            5, encode_entry(entry_of(5, 10_000)) if metadata is METADATA else LATER, Mark("a log", 9)
        )
    assert files.head(5).mark == Mark("a log", 9) and files.head(5).metadata == METADATA
    files.refresh(5, LATER, MARK)
    assert files.head(5).metadata == LATER
    assert path.stat().st_ino == inode
    assert files.map_body(5) == reader == body_of(5)


def test_what_is_not_there_cannot_be_read_or_refreshed(files: ObjectFiles) -> None:
    with pytest.raises(FileNotFoundError):
        files.map_body(5)
    with pytest.raises(FileNotFoundError):
        files.refresh(5, METADATA, MARK)
    assert not Path(files.path(5)).exists()


def test_a_write_that_fails_leaves_nothing_behind(files: ObjectFiles) -> None:
    Path(files.path(5), "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        written(files)
    assert not list(files.folder.rglob("*.tmp"))


def test_a_file_that_will_not_go_is_remembered_until_it_does(files: ObjectFiles) -> None:
    path = Path(files.path(5))
    path.mkdir()
    with pytest.raises(OSError, match=r"directory|not permitted"):
        files.remove(5)
    assert files.undead == {5}
    path.rmdir()
    files.remove(5)
    assert files.undead == set()
    files.remove(5)


def test_a_mapping_outlives_its_file(files: ObjectFiles) -> None:
    written(files)
    view = files.map_body(5)
    files.remove(5)
    assert view == body_of(5)


def test_a_link_is_not_followed(files: ObjectFiles, tmp_path: Path) -> None:
    written(files).rename(tmp_path / "elsewhere")
    Path(files.path(5)).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        files.map_body(5)


def test_pieces_are_written_whole(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        write_all(file.fileno(), b"one ", memoryview(b"two"), b"")
    assert (tmp_path / "file").read_bytes() == b"one two"


def test_a_body_takes_up_whole_pages_and_one_more() -> None:
    assert [occupied_bytes(size) for size in (0, 1, 4096, 4097)] == [4096, 8192, 8192, 12288]
