"""Finding ffmpeg and running it within bounds: time, memory for its output, and what it may open.

ffmpeg reads files that strangers send. It is told to open local files only and to read containers that can't
refer to other files, so that a playlist sent as a "video" makes it fetch or disclose nothing. It never
outlives the task that runs it: leaving `run` by any way ends it. Probing, packaging and the clip call this.
"""

import asyncio
import os
import re
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from origin.errors import EncodingTimeoutError, FfmpegMissingError

# Containers which carry their media inside: no playlists (HLS, DASH, concat), no image lists, no devices.
CONTAINERS = ("mov", "matroska", "mpegts", "mpeg", "avi", "flv", "ogg", "asf", "mxf")
LOG_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class FfmpegSettings:
    """How ffmpeg may be run.

    binary: its path; empty: HEADWATER_FFMPEG, else the PATH, else the imageio-ffmpeg wheel.
    threads: for each decoder, filter graph and encoder; 0 lets ffmpeg choose by the number of cores.
    timeout_s: wall-clock time after which a run is ended; bounds the CPU time of an orphaned run as well.
    max_pixels: pictures with more are not decoded.
    """

    binary: str = ""
    threads: int = 2
    timeout_s: int = 3600
    max_pixels: int = 8192 * 4320

    def __post_init__(self) -> None:
        if self.threads < 0 or self.timeout_s <= 0 or self.max_pixels <= 0:
            raise ValueError(f"threads >= 0, timeout_s > 0 and max_pixels > 0 are needed, not {self}")


class Ended(NamedTuple):
    """How a run ended: its exit status and the last LOG_BYTES of what it logged."""

    status: int
    log: str

    @property
    def last_words(self) -> str:
        """The last lines of the log on one line, fit for strangers: without addresses and folders."""
        words = "; ".join(line.strip() for line in self.log.strip().splitlines()[-3:])
        return re.sub(r"\[\S+ @ 0x[0-9a-f]+\] |(file:)?/\S*/", "", words)[-400:]


def find_ffmpeg(settings: FfmpegSettings, environ: Mapping[str, str] = os.environ) -> str:
    """The path of the ffmpeg to run.

    Raises FfmpegMissingError; also when one was named that isn't there, rather than take another.
    """
    named = settings.binary or environ.get("HEADWATER_FFMPEG", "")
    if named:
        found = shutil.which(named)
        if found is None:
            raise FfmpegMissingError(f"{named!r} (from the settings or HEADWATER_FFMPEG) can't be run")
        return found
    return shutil.which("ffmpeg", path=environ.get("PATH", "")) or _from_wheel()


def _from_wheel() -> str:
    try:
        from imageio_ffmpeg import get_ffmpeg_exe  # noqa: PLC0415 - an extra, 160 MB; only when needed

        return str(get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise FfmpegMissingError(
            "no ffmpeg: install it, name it in HEADWATER_FFMPEG, or `pip install headwater[media]`"
        ) from error


def untrusted_input(source: Path, settings: FfmpegSettings) -> list[str]:
    """The arguments that open a file from outside: as a local file, in a self-contained container."""
    return [
        *("-protocol_whitelist", "file,pipe"),
        *("-format_whitelist", ",".join(CONTAINERS)),
        *("-max_pixels", str(settings.max_pixels)),
        *("-threads", str(settings.threads)),
        *("-i", f"file:{source.resolve()}"),
    ]


async def run(
    arguments: Sequence[str], settings: FfmpegSettings, on_line: Callable[[str], None] = lambda line: None
) -> Ended:
    """Run ffmpeg to its end; `on_line` gets each line of its standard output as it comes.

    Raises FfmpegMissingError, and EncodingTimeoutError once `timeout_s` has passed. However it is left,
    by cancellation too, the process is gone afterwards.
    """
    cpu_limit_s = settings.timeout_s * (os.cpu_count() or 1)
    process = await asyncio.create_subprocess_exec(
        find_ffmpeg(settings),
        *("-hide_banner", "-nostdin", "-nostats", "-y", "-timelimit", str(cpu_limit_s)),
        *arguments,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )
    assert process.stdout and process.stderr
    try:
        async with asyncio.timeout(settings.timeout_s):
            log, _ = await asyncio.gather(_tail(process.stderr), _each_line(process.stdout, on_line))
            return Ended(await process.wait(), log)
    except TimeoutError as error:
        raise EncodingTimeoutError(
            f"ffmpeg was ended after {settings.timeout_s} s: a shorter or smaller video may pass"
        ) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _each_line(stream: asyncio.StreamReader, on_line: Callable[[str], None]) -> None:
    async for line in stream:
        on_line(line.decode(errors="replace").rstrip())


async def _tail(stream: asyncio.StreamReader) -> str:
    """All of the stream is read, so that the writer never waits; its end is kept."""
    kept = b""
    while piece := await stream.read(LOG_BYTES):
        kept = (kept + piece)[-LOG_BYTES:]
    return kept.decode(errors="replace")
