"""The visible part of a rendition as arithmetic on the wall clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.asset import Asset, Rendition
from manifests.window import ON_DEMAND, Settings, end_ms, visible
from tests.manifests import samples

FROM_MS = 1_700_000_000_000


def long_rendition(count: int) -> Rendition:
    return Rendition(
        "v", "video", "avc1", 8000, 8000, 1000, 9, samples.segments([2000] * count, [2000] * count),
        width=16, height=16, frame_rate=(25, 1),
    )  # fmt: skip


def long_asset(count: int) -> Asset:
    return Asset("demo", "0" * 16, "", 0, 2000 * count, 1, (long_rendition(count),))


def numbers(settings: Settings, elapsed_ms: int, count: int = 10) -> list[int]:
    asset = long_asset(count)
    return [s.number for s in visible(asset, asset.videos[0], settings, FROM_MS + elapsed_ms).segments]


def test_on_demand_shows_all_at_any_time() -> None:
    asset = samples.asset()
    for now_ms in (0, FROM_MS, 10**15):
        window = visible(asset, asset.videos[0], ON_DEMAND, now_ms)
        assert window.segments == asset.videos[0].segments
        assert window.ended


@pytest.mark.parametrize(
    ("elapsed_ms", "expected"),
    [
        (-5000, []),
        (1999, []),
        (2000, [1]),
        (9999, [1, 2, 3, 4]),
        (10_000, [2, 3, 4, 5]),
        (20_000, [7, 8, 9, 10]),
        (90_000, [7, 8, 9, 10]),
    ],
)
def test_a_live_segment_comes_when_its_last_tick_is_played_and_leaves_with_the_window(
    elapsed_ms: int, expected: list[int]
) -> None:
    assert numbers(Settings(live_from_ms=FROM_MS, window_ms=8000), elapsed_ms) == expected


def test_a_live_event_ends_with_its_last_segment() -> None:
    asset = long_asset(3)
    settings = Settings(live_from_ms=FROM_MS)
    assert not visible(asset, asset.videos[0], settings, FROM_MS + 5999).ended
    assert visible(asset, asset.videos[0], settings, FROM_MS + 6000).ended


def test_three_target_durations_stay_however_small_the_window() -> None:
    assert numbers(Settings(live_from_ms=FROM_MS, window_ms=1), 20_000) == [8, 9, 10]


def test_a_window_of_no_length_is_refused() -> None:
    with pytest.raises(ValueError, match="window_ms"):
        Settings(window_ms=0)


@given(st.integers(0, 30_000), st.integers(0, 30_000), st.integers(1, 12_000))
def test_time_only_moves_a_window_forward(one_ms: int, other_ms: int, window_ms: int) -> None:
    earlier, later = sorted((one_ms, other_ms))
    settings = Settings(live_from_ms=FROM_MS, window_ms=window_ms)
    before, after = numbers(settings, earlier), numbers(settings, later)
    assert before == list(range(before[0], before[-1] + 1)) if before else True
    if before:
        assert after[0] >= before[0]
        assert after[-1] >= before[-1]


def test_a_segment_ends_after_its_last_tick() -> None:
    sound = samples.audio()
    assert end_ms(sound.segments[0], sound) == 2006  # 2005.33 ms
