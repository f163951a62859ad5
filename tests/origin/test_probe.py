"""What is taken as a video, and which error each other file gets."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from origin.errors import (
    AbsurdDimensionsError,
    EmptySourceError,
    NoPictureError,
    NotAVideoError,
    OriginError,
    TooLongError,
    TruncatedError,
)
from origin.ffmpeg import FfmpegSettings, run
from origin.probe import Source, SourceLimits, probe
from tests import media

QUICK = FfmpegSettings(threads=1)
LIMITS = SourceLimits()


async def make(path: Path, *arguments: str) -> Path:
    ended = await run([*arguments, str(path)], QUICK)
    assert ended.status == 0, ended.log
    return path


async def read(path: Path, limits: SourceLimits = LIMITS) -> Source:
    return await probe(path, limits, QUICK)


async def test_a_clip_is_read() -> None:
    clip = media.small_clip()
    assert await read(clip) == Source(clip, clip.stat().st_size, 4000, 320, 180, Fraction(25), 2)


@pytest.mark.parametrize("suffix", ["mkv", "ts", "avi", "mov"])
async def test_other_containers_are_read(tmp_path: Path, suffix: str) -> None:
    path = await make(tmp_path / f"clip.{suffix}", "-i", str(media.small_clip()), "-c", "copy")
    source = await read(path)
    assert (source.width, source.height, source.channels) == (320, 180, 2)
    assert source.frame_rate == 25
    assert abs((source.duration_ms or 0) - 4000) < 50


async def test_a_picture_on_its_side_is_read_as_it_is_shown(tmp_path: Path) -> None:
    clip = str(media.small_clip())
    path = await make(tmp_path / "portrait.mp4", "-display_rotation", "90", "-i", clip, "-c", "copy")
    source = await read(path)
    assert (source.width, source.height) == (180, 320)


async def test_pixels_that_are_not_square_are_stretched(tmp_path: Path) -> None:
    path = await make(tmp_path / "wide.mp4", "-i", str(media.small_clip()), "-c", "copy", "-aspect", "2:1")
    source = await read(path)
    assert (source.width, source.height) == (360, 180)


async def test_a_silent_clip_has_no_channels_and_an_ntsc_rate_is_exact(tmp_path: Path) -> None:
    drawn = "testsrc2=size=160x90:rate=30000/1001:duration=0.5"
    source = await read(await make(tmp_path / "silent.mp4", "-f", "lavfi", "-i", drawn))
    assert source.channels == 0
    assert source.frame_rate == Fraction(30000, 1001)


async def test_a_cover_picture_is_no_video(tmp_path: Path) -> None:
    cover = await make(tmp_path / "cover.png", "-f", "lavfi", "-i", "testsrc2=size=64x64", "-frames:v", "1")
    sound = ("-f", "lavfi", "-i", "sine=duration=0.5", "-i", str(cover))
    mapped = ("-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic")
    with pytest.raises(NoPictureError):
        await read(await make(tmp_path / "song.m4a", *sound, *mapped))


async def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    with pytest.raises(NoPictureError, match="no moving picture"):
        await read(await make(tmp_path / "sound.mp4", "-f", "lavfi", "-i", "sine=duration=0.5"))


def scrambled(clip: bytes) -> bytes:
    """The boxes are in order, and what they hold is not."""
    start, end = clip.index(b"mdat") + 4, clip.index(b"moov") - 4
    return clip[:start] + b"\xab" * (end - start) + clip[end:]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (lambda clip: b"", EmptySourceError),
        (lambda clip: b"just a text", NotAVideoError),
        (lambda clip: bytes(range(256)) * 40, NotAVideoError),
        (lambda clip: b"\x89PNG\r\n\x1a\n" + b"\0" * 100, NotAVideoError),
        (
            lambda clip: b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x40\x1f\0\0\1\0\x08\0data",
            NotAVideoError,
        ),
        (lambda clip: clip[: len(clip) // 2], TruncatedError),
        (lambda clip: clip[:-1], TruncatedError),
        (scrambled, NotAVideoError),
    ],
)
async def test_what_is_no_video_gets_its_error(
    tmp_path: Path, content: Callable[[bytes], bytes], error: type[OriginError]
) -> None:
    path = tmp_path / "source"
    path.write_bytes(content(media.small_clip().read_bytes()))
    with pytest.raises(error, match="source"):
        await read(path)


async def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmptySourceError, match=r"nothing\.mp4"):
        await read(tmp_path / "nothing.mp4")


@pytest.mark.parametrize("size", ["16x16", "8320x64", "640x64"])
async def test_absurd_dimensions_are_refused(tmp_path: Path, size: str) -> None:
    drawn = f"color=size={size}:rate=5:duration=0.2"
    path = await make(tmp_path / "odd.mp4", "-f", "lavfi", "-i", drawn, "-preset", "ultrafast")
    with pytest.raises(AbsurdDimensionsError, match=size):
        await read(path)


async def test_a_picture_too_large_to_decode_is_refused_for_its_size() -> None:
    with pytest.raises(AbsurdDimensionsError, match="320x180"):
        await probe(media.small_clip(), LIMITS, FfmpegSettings(threads=1, max_pixels=10_000))


async def test_a_video_too_long_is_refused() -> None:
    with pytest.raises(TooLongError, match="4000 ms"):
        await read(media.small_clip(), SourceLimits(max_duration_ms=3000))


def test_limits_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="min_side"):
        SourceLimits(min_side=100, max_side=50)
