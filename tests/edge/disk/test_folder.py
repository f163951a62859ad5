import logging
import stat
from pathlib import Path

import pytest

from edge.disk.folder import Folder
from edge.disk.metadata import Mark


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path / "deep" / "cache")
    folder.lock()
    return folder


def put(folder: Folder, serial: int) -> Path:
    folder.files.write(serial, b"", b"body", Mark())
    return Path(folder.files.path(serial))


def test_a_folder_is_made_for_its_owner_alone(folder: Folder) -> None:
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert sorted(path.name for path in folder.path.iterdir()) == ["lock", "objects"]


def test_a_folder_belongs_to_one_process_at_a_time(folder: Folder) -> None:
    other = Folder(folder.path)
    with pytest.raises(OSError, match=r"deep/cache: another process has this folder; each node needs one"):
        other.lock()
    folder.unlock()
    folder.unlock()
    other.lock()


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OSError, match=f"disk: {path}: (Not a directory|File exists)"):
            Folder(path).lock()


def test_the_files_are_listed_and_what_is_half_done_is_removed(folder: Folder) -> None:
    paths = [put(folder, serial) for serial in (1, 255, 256, 2**40)]
    half = paths[0].with_name("101.tmp")
    others = [paths[0].with_name(name) for name in ("notes.tmp", "README", "01", "2", "A1", "-1")]
    for path in (half, *others):
        path.write_text("")
    assert folder.serials_in(1) == [1] and half.exists()
    assert folder.scan() == {1, 255, 256, 2**40}
    assert not half.exists() and all(path.exists() for path in others)


@pytest.mark.parametrize("version", ["headwater disk 0\n", "headwater disk 12\n", "?"])
def test_what_another_version_wrote_is_not_read(
    folder: Folder, version: str, caplog: pytest.LogCaptureFixture
) -> None:
    put(folder, 1)
    folder.journal.path.write_text("of another version")
    (folder.path / "notes").write_text("not ours")
    (folder.path / "lock").write_text(version)
    folder.unlock()
    with caplog.at_level(logging.WARNING):
        folder.lock()
    assert "starting empty" in caplog.text and str(folder.path) in caplog.text
    assert folder.scan() == set() and not folder.journal.path.exists()
    assert (folder.path / "notes").exists()
    put(folder, 1)
    folder.unlock()
    folder.lock()
    assert folder.scan() == {1}
