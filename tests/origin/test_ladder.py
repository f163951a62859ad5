"""The ladder: usual rungs, small sources, portrait, frame rates."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin.ladder import LadderSettings, choose_ladder, steady_rate

DEFAULT = LadderSettings()
FPS = Fraction(30)


@pytest.mark.parametrize(
    ("width", "height", "rungs"),
    [
        (1280, 720, ["1280x720", "854x480", "426x240"]),
        (3840, 2160, ["1920x1080", "1280x720", "854x480", "426x240"]),
        (1080, 1920, ["1080x1920", "720x1280", "480x854", "240x426"]),
        (640, 360, ["640x360", "426x240", "320x180"]),
        (320, 180, ["320x180", "214x120", "160x90"]),
        (32, 32, ["32x32", "22x22", "16x16"]),
    ],
)
def test_rungs_go_down_from_the_source(width: int, height: int, rungs: list[str]) -> None:
    ladder = choose_ladder(width, height, FPS, 2, DEFAULT)
    assert [f"{rung.width}x{rung.height}" for rung in ladder.videos] == rungs


def test_the_cap_is_the_top_rung() -> None:
    ladder = choose_ladder(1920, 1080, FPS, 2, LadderSettings(max_height=720))
    assert [rung.id for rung in ladder.videos] == ["720p", "480p", "240p"]


def test_the_reference_rate_is_that_of_720p30() -> None:
    ladder = choose_ladder(1280, 720, FPS, 0, LadderSettings(reference_bps=2_000_000))
    assert ladder.videos[0].bitrate_bps == 2_000_000
    assert ladder.videos[1].bitrate_bps == 965_000  # 0.445 of the pixels, to the power of 0.9


@pytest.mark.parametrize(
    ("channels", "made"), [(0, None), (1, (1, 64_000)), (2, (2, 96_000)), (6, (2, 96_000))]
)
def test_sound_is_none_mono_or_stereo(channels: int, made: tuple[int, int] | None) -> None:
    audio = choose_ladder(1280, 720, FPS, channels, DEFAULT).audio
    assert (audio and (audio.channels, audio.bitrate_bps)) == made


@pytest.mark.parametrize(
    ("source", "steady"),
    [
        ("30000/1001", "30000/1001"),
        ("60", "60"),
        ("120", "60"),
        ("240", "60"),
        ("90000", "90000/2048"),
        ("1/2", "5"),
    ],
)
def test_the_frame_rate_is_halved_below_60_and_not_below_5(source: str, steady: str) -> None:
    assert steady_rate(Fraction(source)) == Fraction(steady)


@given(st.integers(32, 8192), st.integers(32, 8192), st.integers(1, 240))
def test_any_source_gets_three_even_rungs_none_larger_than_itself(width: int, height: int, fps: int) -> None:
    rungs = choose_ladder(width, height, Fraction(fps), 2, DEFAULT).videos
    assert len(rungs) >= 3
    assert len({rung.id for rung in rungs}) == len(rungs)
    for rung in rungs:
        assert rung.width % 2 == rung.height % 2 == 0
        assert 0 < rung.width <= width
        assert 0 < rung.height <= height
        assert abs(rung.width * height - rung.height * width) <= 2 * max(width, height)
    sizes = [(rung.width * rung.height, rung.bitrate_bps) for rung in rungs]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("bad", [{"max_height": 100}, {"reference_bps": 10}, {"audio_bps": 0}])
def test_settings_that_make_no_ladder_are_refused(bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="max_height"):
        LadderSettings(**bad)
