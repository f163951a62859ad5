"""What a source file is: whether it is a video that we take, and the facts that the ladder is chosen by.

ffmpeg decodes the first picture and the first piece of sound and says what they are, so that what passes here
can really be decoded; rotation is already applied. Each way of not being a video is its own error. Called by
`publish` before anything is encoded.
"""

import asyncio
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from origin.boxes import is_cut_short
from origin.errors import (
    AbsurdDimensionsError,
    EmptySourceError,
    NoPictureError,
    NotAVideoError,
    TooLongError,
    TruncatedError,
)
from origin.ffmpeg import FfmpegSettings, run, untrusted_input

_DURATION = re.compile(r"^  Duration: (\d+):(\d\d):(\d\d)\.(\d\d)", re.MULTILINE)
# Opened only to learn what the first picture and the first sound are; attached cover pictures don't count.
_FIRST_OF_EACH = (
    *("-map", "0:V:0?", "-map", "0:a:0?", "-fps_mode", "cfr"),
    *("-frames:v", "1", "-frames:a", "1", "-f", "framecrc", "pipe:1"),
)
_DECLARED_SIZE = re.compile(r"Stream #0:.*Video: .*?, (\d+)x(\d+)")


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """What is taken: sides in pixels and the longer over the shorter one, as shown; duration in ms."""

    min_side: int = 32
    max_side: int = 8192
    max_aspect: int = 5
    max_duration_ms: int = 6 * 3600 * 1000

    def __post_init__(self) -> None:
        if not 16 <= self.min_side <= self.max_side or self.max_aspect < 1 or self.max_duration_ms <= 0:
            raise ValueError(f"16 <= min_side <= max_side, max_aspect >= 1, max_duration_ms > 0, not {self}")


class Source(NamedTuple):
    """A video file. Its width and height are those of the picture as shown: rotated, with square pixels.

    `duration_ms` is None when the container doesn't say; `channels` is 0 when there is no sound.
    """

    path: Path
    size_bytes: int
    duration_ms: int | None
    width: int
    height: int
    frame_rate: Fraction
    channels: int


async def probe(path: Path, limits: SourceLimits, settings: FfmpegSettings) -> Source:
    """Read what `path` is.

    Raises EmptySourceError, TruncatedError, NotAVideoError, NoPictureError, AbsurdDimensionsError,
    TooLongError, and what `ffmpeg.run` raises.
    """
    size_bytes = await asyncio.to_thread(_whole_size, path)
    lines: list[str] = []
    ended = await run([*untrusted_input(path, settings), *_FIRST_OF_EACH], settings, lines.append)
    facts = _facts(lines)
    if ended.status or not facts:
        if declared := _DECLARED_SIZE.search(ended.log):
            _check_dimensions(int(declared[1]), int(declared[2]), limits, settings)
        raise NotAVideoError(
            f"{path.name} can't be decoded as a video: send MP4, QuickTime, Matroska, WebM, MPEG-TS or AVI"
        )
    if "dimensions" not in facts:
        raise NoPictureError(f"{path.name} has sound but no moving picture")
    width, height = _shown_size(facts)
    _check_dimensions(width, height, limits, settings)
    return Source(
        path=path,
        size_bytes=size_bytes,
        duration_ms=_duration_ms(ended.log, limits),
        width=width,
        height=height,
        frame_rate=1 / Fraction(facts["tb"]),
        channels={None: 0, "mono": 1}.get(facts.get("channel_layout_name"), 2),
    )


def _whole_size(path: Path) -> int:
    if not path.is_file() or not (size_bytes := path.stat().st_size):
        raise EmptySourceError(f"{path.name} is no file, or has no bytes")
    with path.open("rb") as file:
        if is_cut_short(file):
            raise TruncatedError(f"{path.name} ends before its media do: was it uploaded whole?")
    return size_bytes


def _facts(lines: list[str]) -> dict[str, str]:
    """The header lines of framecrc, `#name stream: value`; the picture, when there is one, is stream 0."""
    found: dict[str, str] = {}
    for line in lines:
        if match := re.fullmatch(r"#(\w+) \d+: (.*)", line):
            found.setdefault(match[1], match[2])
    return found


def _shown_size(facts: dict[str, str]) -> tuple[int, int]:
    """Width and height once pixels that aren't square have been stretched sideways."""
    width, height = map(int, facts["dimensions"].split("x"))
    across, down = map(int, facts.get("sar", "1/1").split("/"))
    return (round(width * across / down) if across and down else width), height


def _check_dimensions(width: int, height: int, limits: SourceLimits, settings: FfmpegSettings) -> None:
    shorter, longer = sorted((width, height))
    within = limits.min_side <= shorter and longer <= min(limits.max_side, shorter * limits.max_aspect)
    if not within or width * height > settings.max_pixels:
        raise AbsurdDimensionsError(
            f"a picture of {width}x{height}: sides from {limits.min_side} to {limits.max_side}, one at most "
            f"{limits.max_aspect} times the other, and at most {settings.max_pixels} pixels are taken"
        )


def _duration_ms(log: str, limits: SourceLimits) -> int | None:
    match = _DURATION.search(log)
    if match is None:
        return None
    hours, minutes, seconds, hundredths = map(int, match.groups())
    duration_ms = ((hours * 60 + minutes) * 60 + seconds) * 1000 + hundredths * 10
    if duration_ms > limits.max_duration_ms:
        raise TooLongError(f"it lasts {duration_ms} ms; at most {limits.max_duration_ms} ms are taken")
    return duration_ms or None
