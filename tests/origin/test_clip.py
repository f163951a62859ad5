"""The generated clip: it moves, it sounds, and the burnt-in time is right, without any font around."""

from pathlib import Path
from typing import Any

import pytest

from origin.clip import STAMP_WIDTH, ClipSettings, make_clip
from origin.errors import EncodingFailedError
from origin.ffmpeg import FfmpegSettings, run
from origin.probe import SourceLimits, probe

QUICK = FfmpegSettings(threads=1)
WIDTH, HEIGHT, SCALE = 640, 360, 3


async def decoded(clip: Path, *arguments: str) -> bytes:
    out = clip.with_suffix(".raw")
    ended = await run(["-i", str(clip), *arguments, str(out)], QUICK)
    assert ended.status == 0, ended.log
    return out.read_bytes()


async def frames(clip: Path) -> list[bytes]:
    """The luma of every frame, one byte a pixel."""
    luma = await decoded(clip, "-pix_fmt", "gray", "-f", "rawvideo")
    return [luma[at : at + WIDTH * HEIGHT] for at in range(0, len(luma), WIDTH * HEIGHT)]


def glyph(frame: bytes, number: int) -> bytes:
    """The pixels of one of the twelve characters of the clock, `00:00:00.000`."""
    left = (WIDTH - STAMP_WIDTH * SCALE) // 2 + SCALE * (2 + 8 * number)
    top = HEIGHT - 14 * SCALE - HEIGHT // 12
    rows = (frame[y * WIDTH + left : y * WIDTH + left + 8 * SCALE] for y in range(top, top + 14 * SCALE))
    return b"".join(rows)


def same(one: bytes, other: bytes) -> bool:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) < 12 * len(one)


async def test_the_clip_is_what_was_asked_for(tmp_path: Path) -> None:
    seen: list[float] = []
    path = tmp_path / "clip.mp4"
    await make_clip(path, ClipSettings(1600, 320, 180, 25), QUICK, seen.append)
    source = await probe(path, SourceLimits(), QUICK)
    assert (source.duration_ms, source.width, source.height) == (1600, 320, 180)
    assert source.frame_rate == 25
    assert source.channels == 2
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


async def test_the_burnt_in_time_is_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read off the picture: at 0 s all digits are alike; after 1.2 s two of them are other than 0."""
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "no fonts here"))
    path = tmp_path / "clip.mp4"
    await make_clip(path, ClipSettings(1300, WIDTH, HEIGHT, 10), QUICK)
    shown = await frames(path)
    assert len(shown) == 13
    digits = [0, 1, 3, 4, 6, 7, 9, 10, 11]
    zero = glyph(shown[0], 0)
    assert [n for n in digits if not same(glyph(shown[0], n), zero)] == []
    assert [n for n in digits if not same(glyph(shown[12], n), zero)] == [7, 9]
    assert same(glyph(shown[10], 7), glyph(shown[1], 9))  # the 1 of 1.0 s is the 1 of 0.1 s


async def test_the_picture_moves_and_the_sound_never_stops(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    await make_clip(path, ClipSettings(1000, WIDTH, HEIGHT, 5), QUICK)
    shown = await frames(path)
    assert len(set(shown)) == 5
    pcm = await decoded(path, "-ac", "1", "-ar", "8000", "-f", "s16le")
    samples = memoryview(pcm).cast("h")
    tenths = [samples[at : at + 800] for at in range(0, 8000, 800)]
    assert all(max(map(abs, tenth)) > 1000 for tenth in tenths)


async def test_a_silent_clip_has_no_sound(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    await make_clip(path, ClipSettings(200, 160, 90, 10, with_sound=False), QUICK)
    assert (await probe(path, SourceLimits(), QUICK)).channels == 0


async def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(EncodingFailedError, match="the clip was not made"):
        await make_clip(tmp_path / "nowhere" / "clip.mp4", ClipSettings(200, 160, 90, 10), QUICK)


@pytest.mark.parametrize(
    "bad",
    [{"duration_ms": 0}, {"width": 321}, {"height": 20}, {"frames_a_second": 0}, {"frames_a_second": 61}],
)
def test_a_clip_that_can_t_be_drawn_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="needed"):
        ClipSettings(**bad)
