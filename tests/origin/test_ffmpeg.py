"""Finding ffmpeg, and running it within bounds."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from origin.errors import EncodingTimeoutError, FfmpegMissingError
from origin.ffmpeg import LOG_BYTES, Ended, FfmpegSettings, find_ffmpeg, run, untrusted_input


def executable(path: Path, script: str) -> str:
    path.write_text(f"#!{sys.executable}\n{script}")
    path.chmod(0o755)
    return str(path)


def test_the_setting_wins_over_the_environment_and_that_over_the_path(tmp_path: Path) -> None:
    first, second, third = (executable(tmp_path / name, "") for name in ("one", "two", "ffmpeg"))
    environ = {"HEADWATER_FFMPEG": second, "PATH": str(tmp_path)}
    assert find_ffmpeg(FfmpegSettings(binary=first), environ) == first
    assert find_ffmpeg(FfmpegSettings(), environ) == second
    assert find_ffmpeg(FfmpegSettings(), {"PATH": str(tmp_path)}) == third


def test_the_wheel_s_is_taken_when_the_system_has_none() -> None:
    assert "imageio_ffmpeg" in find_ffmpeg(FfmpegSettings(), {"PATH": ""})


def test_one_that_was_named_and_is_missing_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(FfmpegMissingError, match="nowhere"):
        find_ffmpeg(FfmpegSettings(), {"HEADWATER_FFMPEG": str(tmp_path / "nowhere"), "PATH": os.defpath})


async def test_lines_come_one_by_one_and_the_status_at_the_end(tmp_path: Path) -> None:
    fake = executable(tmp_path / "fake", "import sys; print('a=1'); print('b=2'); sys.exit(3)")
    lines: list[str] = []
    assert (await run([], FfmpegSettings(binary=fake), lines.append)).status == 3
    assert lines == ["a=1", "b=2"]


async def test_a_flood_of_logging_neither_blocks_nor_fills_the_memory(tmp_path: Path) -> None:
    fake = executable(tmp_path / "fake", "import sys; sys.stderr.write('x' * 3_000_000 + 'the end')")
    ended = await run([], FfmpegSettings(binary=fake))
    assert ended.status == 0
    assert len(ended.log) == LOG_BYTES
    assert ended.log.endswith("the end")


def test_last_words_tell_strangers_no_folders_and_no_addresses() -> None:
    log = "one\n[in#0 @ 0x55ab] bad data in file:/srv/media/staging/x/source\n  /usr/lib/thing: gone\n"
    assert Ended(1, log).last_words == "one; bad data in source; thing: gone"


async def process_of(settings: FfmpegSettings, pid_file: Path) -> tuple[asyncio.Task[Ended], int]:
    """Start an endless run, and wait until it has said its process id."""
    started = asyncio.Event()
    task = asyncio.create_task(run([str(pid_file)], settings, lambda line: started.set()))
    await started.wait()
    return task, int(pid_file.read_text())


ENDLESS_SCRIPT = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[-1], "w").write(str(os.getpid()))
print("started", flush=True)
time.sleep(600)
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_cancelling_leaves_no_process_even_a_stubborn_one(tmp_path: Path) -> None:
    settings = FfmpegSettings(binary=executable(tmp_path / "fake", ENDLESS_SCRIPT))
    task, pid = await process_of(settings, tmp_path / "pid")
    assert is_alive(pid)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not is_alive(pid)


async def test_time_s_up_leaves_no_process(tmp_path: Path) -> None:
    settings = FfmpegSettings(binary=executable(tmp_path / "fake", ENDLESS_SCRIPT), timeout_s=1)
    task, pid = await process_of(settings, tmp_path / "pid")
    with pytest.raises(EncodingTimeoutError, match="1 s"):
        await task
    assert not is_alive(pid)


async def test_a_reader_that_fails_ends_the_process(tmp_path: Path) -> None:
    settings = FfmpegSettings(binary=executable(tmp_path / "fake", ENDLESS_SCRIPT))

    def fail(line: str) -> None:
        raise ZeroDivisionError(line)

    with pytest.raises(ZeroDivisionError):
        await run([str(tmp_path / "pid")], settings, fail)
    assert not is_alive(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize("name", ["playlist.m3u8", "playlist.mp4", "playlist", "list.ffconcat", "page.sdp"])
async def test_a_playlist_makes_ffmpeg_open_nothing_else(tmp_path: Path, name: str) -> None:
    """Each text would, without our arguments, make an ffmpeg read the file or fetch the URL in it."""
    opened = asyncio.Event()

    async def on_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.set()
        writer.close()

    server = await asyncio.start_server(on_connection, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    secret = tmp_path / "secret.ts"
    await run(["-f", "lavfi", "-i", "testsrc2=size=64x64:duration=0.2", str(secret)], FfmpegSettings())
    targets = [f"http://127.0.0.1:{port}/a.ts", str(secret)]
    hls = (
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n"
        + "".join(f"#EXTINF:1,\n{t}\n" for t in targets)
        + "#EXT-X-ENDLIST\n"
    )
    concat = "ffconcat version 1.0\n" + "".join(f"file '{target}'\n" for target in targets)
    (tmp_path / name).write_text(concat if "concat" in name else hls)
    frames: list[str] = []
    async with server:
        ended = await run(
            [*untrusted_input(tmp_path / name, FfmpegSettings()), "-f", "framecrc", "pipe:1"],
            FfmpegSettings(),
            frames.append,
        )
    assert ended.status != 0
    assert frames == []
    assert not opened.is_set()


async def test_the_same_playlist_is_read_when_our_arguments_are_left_away(tmp_path: Path) -> None:
    """Shows that the test above can fail: ffmpeg does follow such files when it may."""
    secret = tmp_path / "secret.ts"
    await run(["-f", "lavfi", "-i", "testsrc2=size=64x64:duration=0.2", str(secret)], FfmpegSettings())
    playlist = tmp_path / "playlist.m3u8"
    playlist.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.ts\n#EXT-X-ENDLIST\n")
    frames: list[str] = []
    ended = await run(["-i", str(playlist), "-f", "framecrc", "pipe:1"], FfmpegSettings(), frames.append)
    assert ended.status == 0
    assert frames


@pytest.mark.parametrize("bad", [{"threads": -1}, {"timeout_s": 0}, {"max_pixels": 0}])
def test_settings_without_bounds_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="needed"):
        FfmpegSettings(**bad)
