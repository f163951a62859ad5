import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.playback import Playback, State


def test_a_session_step_by_step() -> None:
    playback = Playback(began_ms=1_000, startup_buffer_ms=2_000, resume_buffer_ms=3_000)
    playback.extend(1_500, now_ms=1_200)
    assert (playback.state, playback.startup_ms) == (State.STARTING, 200)
    playback.extend(4_000, now_ms=1_500)
    assert (playback.state, playback.startup_ms) == (State.PLAYING, 500)
    assert playback.dry_at_ms == 5_500
    playback.advance(6_000)
    assert (playback.state, playback.played_ms, playback.stalled_ms) == (State.STALLED, 4_000, 500)
    playback.extend(6_000, now_ms=6_100)
    assert (playback.state, playback.stalled_ms) == (State.STALLED, 600)
    playback.extend(7_000, now_ms=6_200)
    assert (playback.state, playback.stalled_ms, playback.buffered_ms) == (State.PLAYING, 700, 3_000)
    playback.complete(now_ms=6_300)
    playback.advance(99_000)
    assert (playback.state, playback.played_ms, playback.stalls) == (State.ENDED, 7_000, 1)
    assert repr(playback) == (
        "<Playback ended: startup 500 ms, played 7000 ms, stalled 700 ms in 1 stalls, 0 ms buffered>"
    )


@pytest.mark.parametrize(
    ("now_ms", "state"), [(1_999, State.PLAYING), (2_000, State.ENDED), (2_001, State.ENDED)]
)
def test_the_end_comes_at_the_very_millisecond(now_ms: int, state: State) -> None:
    playback = Playback(0, 1_000, 1_000)
    playback.extend(2_000, now_ms=0)
    playback.complete(now_ms=0)
    playback.advance(now_ms)
    assert (playback.state, playback.played_ms) == (state, min(now_ms, 2_000))


def test_time_never_goes_back() -> None:
    playback = Playback(0, 1_000, 1_000)
    playback.extend(5_000, now_ms=100)
    playback.advance(700)
    playback.advance(300)
    assert playback.played_ms == 600


def test_nothing_played_is_not_started() -> None:
    playback = Playback(0, 1_000, 1_000)
    playback.leave(800)
    assert (playback.started, playback.startup_ms, playback.state) == (False, 800, State.ENDED)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["advance", "extend", "complete"]), st.integers(0, 5_000), st.integers(0, 4_000)
        )
    )
)
def test_buffers_are_never_negative_and_no_millisecond_is_lost(steps: list[tuple[str, int, int]]) -> None:
    playback = Playback(0, 2_000, 1_000)
    now_ms = end_ms = 0
    for step, pause_ms, media_ms in steps:
        now_ms += pause_ms
        if step == "extend":
            end_ms += media_ms
            playback.extend(end_ms, now_ms)
        elif step == "complete":
            playback.complete(now_ms)
        else:
            playback.advance(now_ms)
        assert playback.buffered_ms >= 0
        accounted_ms = playback.startup_ms + playback.played_ms + playback.stalled_ms
        assert accounted_ms == now_ms or (playback.state is State.ENDED and accounted_ms < now_ms)
