"""What ffmpeg is told, where a wrong word would show only in odd players."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from origin.encoding import PackagingSettings, encoding_arguments
from origin.ffmpeg import FfmpegSettings
from origin.ladder import Ladder, LadderSettings, choose_ladder

LADDER = choose_ladder(1280, 720, Fraction(30), 2, LadderSettings())


def arguments(ladder: Ladder = LADDER, **settings: Any) -> list[str]:
    packaging = replace(PackagingSettings(), **settings)
    return encoding_arguments(Path("in.mp4"), ladder, Path("/out"), packaging, FfmpegSettings(threads=3))


def after(words: list[str], option: str) -> str:
    assert words.count(option) == 1
    return words[words.index(option) + 1]


@pytest.mark.parametrize(
    ("rate", "segment_ms", "frames", "duration"),
    [
        ("30", 2000, "60", "2000000us"),
        ("30000/1001", 2000, "60", "2002000us"),
        ("24000/1001", 4000, "96", "4004000us"),
        ("247/10", 2000, "49", "1983805us"),
        ("5", 500, "2", "400000us"),
    ],
)
def test_a_segment_is_a_whole_number_of_frames(
    rate: str, segment_ms: int, frames: str, duration: str
) -> None:
    words = arguments(LADDER._replace(frame_rate=Fraction(rate)), segment_ms=segment_ms)
    assert after(words, "-g") == after(words, "-keyint_min") == frames
    assert after(words, "-sc_threshold") == "0"
    assert after(words, "-seg_duration") == duration


def test_every_rung_has_its_bit_rate_and_its_cap() -> None:
    words = arguments()
    assert [after(words, f"-b:v:{n}") for n in range(3)] == ["2400000", "1158000", "332000"]
    assert [after(words, f"-maxrate:v:{n}") for n in range(3)] == ["3000000", "1447500", "415000"]


def test_a_silent_source_maps_no_sound() -> None:
    words = arguments(LADDER._replace(audio=None))
    assert "0:a:0" not in after(words, "-filter_complex")
    assert "-c:a" not in words
    assert words.count("-map") == 3


def test_the_source_is_opened_within_bounds_and_its_metadata_stay_out() -> None:
    words = arguments()
    before_input = words[: words.index("-i")]
    assert after(before_input, "-protocol_whitelist") == "file,pipe"
    assert "hls" not in after(before_input, "-format_whitelist")
    assert words.count("-threads") == 2
    assert after(words, "-map_metadata") == "-1"


@pytest.mark.parametrize("bad", [{"segment_ms": 100}, {"preset": "warp"}])
def test_settings_outside_of_what_ffmpeg_takes_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        arguments(**bad)


def test_silence_has_an_end_where_the_length_is_known() -> None:
    for duration_ms, expected in ((8_040, "apad=whole_dur=8.04,"), (None, "apad,")):
        words = encoding_arguments(
            Path("in.mp4"), LADDER, Path("/out"), PackagingSettings(), FfmpegSettings(), duration_ms
        )
        assert expected in after(words, "-filter_complex")
