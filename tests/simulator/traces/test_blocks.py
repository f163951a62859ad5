"""Content comes whole and in order, plain or compressed; what is broken is named."""

import os
import threading
from pathlib import Path

import pytest
import zstandard

from simulator.traces.blocks import blocks, whole_lines
from simulator.traces.errors import Broken, TraceError
from tests.simulator.traces.build import write

CONTENT = bytes(range(256)) * 3000


@pytest.mark.parametrize("name", ["plain.bin", "packed.bin.zst", "packed_without_suffix.bin"])
def test_content_is_what_was_written(tmp_path: Path, name: str) -> None:
    packed = zstandard.ZstdCompressor().compress(CONTENT) if "packed" in name else CONTENT
    shares: list[float] = []
    assert b"".join(blocks(write(tmp_path / name, packed), shares.append)) == CONTENT
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(CONTENT,))
    writer.start()
    assert b"".join(blocks(pipe)) == CONTENT
    writer.join()


def test_frames_behind_each_other_are_one_file(tmp_path: Path) -> None:
    frame = zstandard.ZstdCompressor().compress(CONTENT)
    assert b"".join(blocks(write(tmp_path / "t.zst", frame * 3))) == CONTENT * 3


@pytest.mark.parametrize(
    ("content", "reason", "words"),
    [
        (b"nothing of the kind", Broken.WRONG_MAGIC, "magic number of zstd"),
        (b"", Broken.WRONG_MAGIC, "magic number of zstd"),
        (
            zstandard.ZstdCompressor().compress(CONTENT)[:-5],
            Broken.TRUNCATED,
            "in the middle of a zstd frame",
        ),
        (zstandard.ZstdCompressor().compress(CONTENT)[:6] + b"\xff" * 40, Broken.CORRUPT, "not valid zstd"),
    ],
)
def test_broken_compression_is_named(tmp_path: Path, content: bytes, reason: Broken, words: str) -> None:
    path = write(tmp_path / "t.zst", content)
    with pytest.raises(TraceError, match=words) as caught:
        list(blocks(path))
    assert caught.value.reason is reason
    assert str(caught.value).startswith(f"{path}: ")


def test_what_the_system_refuses_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(TraceError, match="cannot be read") as caught:
            list(blocks(path))
        assert caught.value.reason is Broken.UNREADABLE


@pytest.mark.parametrize(
    "cuts", [[b"a\nb\nc\n"], [b"a", b"\nb\nc"], [b"a\nb", b"\n", b"c"], [b"", b"a\nb\nc"]]
)
def test_lines_come_whole_however_they_were_cut(cuts: list[bytes]) -> None:
    pieces = list(whole_lines(Path("t"), cuts))
    assert b"".join(pieces) == b"a\nb\nc\n"
    assert all(piece.endswith(b"\n") for piece in pieces)


def test_a_line_without_end_is_no_text() -> None:
    with pytest.raises(TraceError, match="no text") as caught:
        list(whole_lines(Path("t"), [b"x" * (9 << 20)] * 2))
    assert caught.value.reason is Broken.NO_TEXT
