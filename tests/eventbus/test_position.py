"""The position file: whole, replaceable, and never trusted when damaged."""

import logging
from pathlib import Path

import pytest

from eventbus.position import PositionFile
from eventbus.protocol import Applied


def test_what_was_saved_last_is_loaded(tmp_path: Path) -> None:
    file = PositionFile(tmp_path / "position.json")
    assert file.load() is None
    file.save(Applied("log-a", 3))
    file.save(Applied("log-a", 4))
    assert PositionFile(file.path).load() == Applied("log-a", 4)
    assert [entry.name for entry in tmp_path.iterdir()] == ["position.json"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"log_id":"a"}', b'{"log_id":"a","position":-1}', b"\xff" * 9]
)
def test_a_damaged_file_counts_as_none_and_is_said(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "position.json"
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert PositionFile(path).load() is None
    assert f"{path} holds no position" in caplog.text


def test_a_crash_before_the_rename_leaves_the_old_position(tmp_path: Path) -> None:
    file = PositionFile(tmp_path / "position.json")
    file.save(Applied("log-a", 3))
    (tmp_path / "position.json.new").write_bytes(b'{"log_id":"a","pos')
    assert file.load() == Applied("log-a", 3)
    file.save(Applied("log-a", 4))
    assert file.load() == Applied("log-a", 4)


def test_a_missing_folder_is_an_error_of_the_system(tmp_path: Path) -> None:
    file = PositionFile(tmp_path / "nowhere" / "position.json")
    with pytest.raises(FileNotFoundError):
        file.save(Applied("log-a", 1))
