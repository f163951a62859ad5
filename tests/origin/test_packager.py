"""What packaging leaves on the disk, read back and decoded."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from manifests.asset import Rendition
from origin.encoding import PackagingSettings
from origin.errors import EncodingFailedError, TruncatedError
from origin.ffmpeg import FfmpegSettings, run
from origin.ladder import LadderSettings, choose_ladder
from origin.packager import package, progress_reader
from origin.probe import Source, SourceLimits, probe
from tests import media

QUICK = FfmpegSettings(threads=1)
ULTRAFAST = PackagingSettings(preset="ultrafast")


async def make(path: Path, *arguments: str) -> Source:
    ended = await run([*arguments, "-preset", "ultrafast", str(path)], QUICK)
    assert ended.status == 0, ended.log
    return await probe(path, SourceLimits(), QUICK)


async def pack(
    source: Source, folder: Path, settings: PackagingSettings = ULTRAFAST
) -> tuple[Rendition, ...]:
    ladder = choose_ladder(source.width, source.height, source.frame_rate, source.channels, LadderSettings())
    return await package(source, ladder, folder, settings, QUICK, lambda done: None)


async def test_the_description_is_what_lies_on_the_disk(tmp_path: Path) -> None:
    renditions = await pack(await probe(media.small_clip(), SourceLimits(), QUICK), tmp_path / "out")
    assert [r.id for r in renditions] == ["180p", "120p", "90p", "audio"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(r.id for r in renditions)
    for rendition in renditions:
        folder = tmp_path / "out" / rendition.id
        sizes = {f"{s.number}.m4s": s.size_bytes for s in rendition.segments}
        assert {path.name: path.stat().st_size for path in folder.iterdir()} == sizes | {
            "init.mp4": rendition.init_bytes
        }
        assert b"cmfc" in (folder / "init.mp4").read_bytes()[:32]
        assert rendition.average_bps <= rendition.peak_bps


async def test_all_rungs_are_cut_at_the_same_frames_and_sound_ends_with_them(tmp_path: Path) -> None:
    renditions = await pack(await probe(media.small_clip(), SourceLimits(), QUICK), tmp_path / "out")
    *pictures, sound = renditions
    for picture in pictures:
        cuts = [Fraction(s.start_ticks, picture.timescale) for s in picture.segments]
        assert cuts == [0, 2]
        assert Fraction(picture.duration_ticks, picture.timescale) == 4
    assert len(sound.segments) == 2
    assert sound.segments[0].start_ticks == 0
    assert abs(sound.duration_ticks - 4 * 48000) < 1024


async def test_every_segment_begins_with_a_key_frame_and_holds_its_frames(tmp_path: Path) -> None:
    (picture, *_) = await pack(await probe(media.small_clip(), SourceLimits(), QUICK), tmp_path / "out")
    folder = tmp_path / "out" / picture.id
    alone = folder / "alone.mp4"
    alone.write_bytes((folder / "init.mp4").read_bytes() + (folder / "2.m4s").read_bytes())
    lines: list[str] = []
    ended = await run(["-i", str(alone), "-f", "framecrc", "pipe:1"], QUICK, lines.append)
    assert ended.status == 0
    assert len([line for line in lines if not line.startswith("#")]) == 50


async def test_odd_rates_make_exact_segments(tmp_path: Path) -> None:
    source = await make(
        tmp_path / "ntsc.mp4", "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=30000/1001:duration=3"
    )
    pictures = await pack(source, tmp_path / "out", replace(ULTRAFAST, segment_ms=1000))
    for picture in pictures:
        assert picture.frame_rate == (30000, 1001)
        assert [Fraction(s.duration_ticks, picture.timescale) for s in picture.segments] == [
            Fraction(30 * 1001, 30000)
        ] * 3


@pytest.mark.parametrize("seconds", ["0.5", "4"])
async def test_sound_shorter_or_longer_than_the_picture_ends_with_it(tmp_path: Path, seconds: str) -> None:
    drawn, heard = "testsrc2=size=160x90:rate=25:duration=3.5", f"sine=duration={seconds}"
    source = await make(tmp_path / "uneven.mp4", "-f", "lavfi", "-i", drawn, "-f", "lavfi", "-i", heard)
    *_, sound = await pack(source, tmp_path / "out")
    assert abs(Fraction(sound.segments[-1].end_ticks, 48000) - Fraction(7, 2)) < Fraction(3, 100)


async def test_a_picture_that_begins_late_is_filled_to_begin_at_0(tmp_path: Path) -> None:
    late = ("-itsoffset", "1", "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=2")
    source = await make(tmp_path / "late.mp4", *late, "-f", "lavfi", "-i", "sine=duration=3")
    for rendition in await pack(source, tmp_path / "out"):
        assert rendition.segments[0].start_ticks == 0
        assert abs(rendition.duration_ticks - 3 * rendition.timescale) < rendition.timescale // 20


async def test_a_single_frame_is_an_asset_too(tmp_path: Path) -> None:
    source = await make(tmp_path / "one.mp4", "-f", "lavfi", "-i", "testsrc2=size=160x90", "-frames:v", "1")
    renditions = await pack(source, tmp_path / "out")
    assert [len(r.segments) for r in renditions] == [1, 1, 1]


async def test_a_matroska_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    """Its container only says how long it wanted to be, so the cut shows when it has been decoded."""
    whole = await make(tmp_path / "whole.mkv", "-i", str(media.small_clip()), "-c", "copy")
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.path.read_bytes()[: whole.size_bytes // 3])
    source = await probe(cut, SourceLimits(), QUICK)
    with pytest.raises(TruncatedError, match=r"announces 4\d\d\d ms, but its picture ends after"):
        await pack(source, tmp_path / "out")


async def test_an_encoding_that_fails_says_ffmpeg_s_last_words(tmp_path: Path) -> None:
    source = await probe(media.small_clip(), SourceLimits(), QUICK)
    gone = source._replace(path=tmp_path / "gone.mp4")
    with pytest.raises(EncodingFailedError, match=r"gone\.mp4") as caught:
        await pack(gone, tmp_path / "out")
    assert str(tmp_path) not in str(caught.value)


def test_progress_rises_from_0_to_1_whatever_ffmpeg_says() -> None:
    seen: list[float] = []
    read = progress_reader(4000, seen.append)
    for line in (
        "out_time_us=N/A",
        "frame=3",
        "out_time_us=1000000",
        "out_time_us=500000",
        "out_time_us=9000000",
        "x",
    ):
        read(line)
    assert seen == [0.25, 0.25, 1.0]


def test_of_an_unknown_duration_no_progress_is_claimed() -> None:
    seen: list[float] = []
    progress_reader(None, seen.append)("out_time_us=1000000")
    assert seen == []
