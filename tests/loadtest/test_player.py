from itertools import pairwise
from random import Random
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtest.player import Player
from loadtest.session import Done, Failure, Get, Outcome, PlayerSettings, Wait
from manifests.classes import ObjectClass
from tests.loadtest.clip import MASTER, make_clip
from tests.loadtest.drive import Answer, Tier, link, steady, watch

EDGES = ("http://edge-1", "http://edge-2", "http://edge-3")


def player(
    watch_ms: int | None = None,
    behaviour: PlayerSettings | None = None,
    edges: tuple[str, ...] = EDGES[:1],
    seed: int = 1,
    now_ms: int = 0,
) -> Player:
    return Player(edges, MASTER, now_ms=now_ms, rng=Random(seed), watch_ms=watch_ms, settings=behaviour)


def test_startup_fetches_manifests_inits_and_the_first_segments_in_order() -> None:
    viewer = player()
    journal = watch(viewer, steady(make_clip(segments=1)))
    assert journal.paths == [
        "/vod/clip/master.m3u8",
        "/vod/clip/v360.m3u8",
        "/vod/clip/v1/v360/init.mp4",
        "/vod/clip/v1/v360/0.m4s",
        "/vod/clip/aac.m3u8",
        "/vod/clip/v1/aac/init.mp4",
        "/vod/clip/v1/aac/0.m4s",
    ]
    assert [get.kind.value for _, get in journal.gets[:4]] == [
        "multivariant",
        "media_playlist",
        "init",
        "segment",
    ]
    assert [get.rendition for _, get in journal.gets[3:5]] == ["v360", "aac"]
    assert viewer.qoe.startup_ms == 5 * 10 + 2 * 100


def test_the_whole_clip_is_played_out() -> None:
    viewer = player()
    journal = watch(viewer, steady(make_clip()))
    assert journal.done == Done(Outcome.PLAYED_OUT)
    assert journal.ended_ms == 250 + 5 * 2_000
    assert viewer.qoe.played_ms == 10_000
    assert (viewer.qoe.stalls, viewer.qoe.stalled_ms, viewer.qoe.rebuffer_ratio) == (0, 0, 0.0)


def test_a_slow_network_stalls_for_exactly_what_is_missing() -> None:
    viewer = player()
    journal = watch(viewer, steady(make_clip(segments=3, audio_bps=0), segment_ms=3_000))
    # segments arrive at 3,030, 6,030 and 9,030 and play 2 s each
    assert journal.ended_ms == 11_030
    assert viewer.qoe.startup_ms == 3_030
    assert viewer.qoe.played_ms == 6_000
    assert (viewer.qoe.stalls, viewer.qoe.stalled_ms) == (2, 2_000)
    assert viewer.qoe.rebuffer_ratio == 0.25


def test_a_segment_that_arrives_as_the_buffer_runs_dry_makes_no_stall() -> None:
    viewer = player()
    watch(viewer, steady(make_clip(audio_bps=0), segment_ms=2_000))
    assert viewer.qoe.stalls == viewer.qoe.stalled_ms == 0


def test_resuming_after_a_stall_waits_for_the_resume_buffer() -> None:
    behaviour = PlayerSettings(startup_buffer_ms=2_000, resume_buffer_ms=4_000)
    viewer = player(behaviour=behaviour)
    watch(viewer, steady(make_clip(segments=3, audio_bps=0), segment_ms=3_000))
    # dry at 5,030; 2 s come at 6,030, which isn't enough; with the last 2 s, at 9,030, it is
    assert (viewer.qoe.stalls, viewer.qoe.stalled_ms) == (1, 4_000)


def test_a_short_clip_starts_although_it_never_fills_the_startup_buffer() -> None:
    viewer = player(behaviour=PlayerSettings(startup_buffer_ms=6_000))
    journal = watch(viewer, steady(make_clip(segments=2, audio_bps=0)))
    assert journal.done.outcome is Outcome.PLAYED_OUT
    assert viewer.qoe.startup_ms == 30 + 20 + 200
    assert viewer.qoe.played_ms == 4_000


def test_the_buffer_is_filled_up_to_its_limit_and_no_further() -> None:
    viewer = player(behaviour=PlayerSettings(max_buffer_ms=4_000))
    journal = watch(viewer, steady(make_clip(segments=6, audio_bps=0)))
    segments = [at_ms for at_ms, get in journal.gets if get.kind is ObjectClass.SEGMENT]
    # playback begins at 130; the third is asked for with 3.88 s buffered, the fourth when 5.7 s became 4
    assert segments == [30, 150, 250, 2_130, 4_130, 6_130]


def test_a_fast_network_takes_the_best_rendition() -> None:
    viewer = player()
    journal = watch(viewer, link(make_clip(), lambda _: 10_000_000))
    assert journal.pictures == ["v360", "v720", "v720", "v720", "v720"]
    assert viewer.qoe.switches == 1
    assert viewer.qoe.average_bps == (464_000 + 4 * 2_064_000) // 5


def test_a_drop_of_the_network_switches_down_and_the_recovery_up() -> None:
    behaviour = PlayerSettings(max_buffer_ms=4_000)
    viewer = player(behaviour=behaviour)
    objects = make_clip(segments=60)
    journal = watch(viewer, link(objects, lambda at_ms: 600_000 if 10_000 <= at_ms < 30_000 else 8_000_000))
    assert journal.pictures[1:4] == ["v720"] * 3
    assert journal.pictures[-1] == "v720"
    assert viewer.qoe.switches == 3
    down = journal.pictures.index("v360", 1)
    assert set(journal.pictures[down : down + 4]) == {"v360"}


def test_init_segments_and_playlists_are_fetched_once_for_each_rendition() -> None:
    journal = watch(
        player(behaviour=PlayerSettings(max_buffer_ms=4_000)),
        link(make_clip(segments=60), lambda at_ms: 600_000 if 10_000 <= at_ms < 30_000 else 8_000_000),
    )
    assert len(journal.paths) == len(set(journal.paths))


def test_a_dead_edge_is_left_for_another_without_a_pause() -> None:
    objects = make_clip(segments=3)
    reached: list[str] = []

    def tier(get: Get, now_ms: int) -> Answer:
        host = urlsplit(get.url).netloc
        reached.append(host)
        if host == reached[0] and now_ms >= 100:
            return Answer(5, failure=Failure.UNREACHABLE)
        return steady(objects)(get, now_ms)

    viewer = player(edges=EDGES)
    journal = watch(viewer, tier)
    assert journal.done.outcome is Outcome.PLAYED_OUT
    assert viewer.qoe.failures == 1
    assert viewer.qoe.stalled_ms == 0
    first, second = dict.fromkeys(reached)
    turning_point = reached.index(second)
    assert reached == [first] * turning_point + [second] * (len(reached) - turning_point)


def test_viewers_spread_over_the_edges() -> None:
    firsts = [player(edges=EDGES, seed=seed).next(0) for seed in range(60)]
    assert {urlsplit(get.url).netloc for get in firsts if isinstance(get, Get)} == {
        "edge-1",
        "edge-2",
        "edge-3",
    }


def test_a_missing_segment_is_asked_of_every_edge_in_every_round_and_then_ends_the_session() -> None:
    objects = make_clip()
    del objects["/vod/clip/v1/v360/1.m4s"]
    viewer = player(edges=EDGES, behaviour=PlayerSettings(max_rounds=2, initial_bps=1, safety_factor=0.01))
    journal = watch(viewer, steady(objects, segment_ms=3_000))
    assert journal.done.outcome is Outcome.NO_SEGMENT
    assert journal.done.problem is not None
    assert journal.done.problem.failure is Failure.STATUS
    assert journal.done.problem.detail.endswith("/vod/clip/v1/v360/1.m4s: status 404")
    hosts = [urlsplit(get.url).netloc for _, get in journal.gets if get.url.endswith("/v360/1.m4s")]
    assert len(hosts) == viewer.qoe.failures == 6
    assert hosts[:3] == hosts[3:]
    assert set(hosts) == {"edge-1", "edge-2", "edge-3"}


def test_between_rounds_the_player_backs_off_longer_each_time() -> None:
    behaviour = PlayerSettings(max_rounds=4, retry_ms=1_000)
    journal = watch(player(behaviour=behaviour), lambda _get, _now_ms: Answer(0, failure=Failure.TIMEOUT))
    assert journal.done.outcome is Outcome.NO_MULTIVARIANT
    asked = [at_ms for at_ms, _ in journal.gets]
    pauses = [after - before for before, after in pairwise(asked)]
    assert [500 * 2**i <= pause <= 1_000 * 2**i for i, pause in enumerate(pauses)] == [True] * 3


BAD = {
    "not a playlist": ("/vod/clip/master.m3u8", b"<html>", Outcome.NO_MULTIVARIANT, Failure.BAD_PLAYLIST),
    "not text": ("/vod/clip/v360.m3u8", b"\xff\xfe", Outcome.NO_MEDIA_PLAYLIST, Failure.BAD_PLAYLIST),
    "cut short": (
        "/vod/clip/v360.m3u8",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n0.m4s\n",
        Outcome.NO_MEDIA_PLAYLIST,
        Failure.NOT_VOD,
    ),
    "master instead of media": (
        "/vod/clip/aac.m3u8",
        make_clip()[MASTER],
        Outcome.NO_MEDIA_PLAYLIST,
        Failure.BAD_PLAYLIST,
    ),
    "empty init": ("/vod/clip/v1/v360/init.mp4", b"", Outcome.NO_INIT, Failure.EMPTY),
    "empty segment": ("/vod/clip/v1/aac/0.m4s", b"", Outcome.NO_SEGMENT, Failure.EMPTY),
}


@pytest.mark.parametrize(("path", "body", "outcome", "failure"), BAD.values(), ids=BAD)
def test_a_bad_body_ends_the_session_with_its_reason(
    path: str, body: bytes, outcome: Outcome, failure: Failure
) -> None:
    viewer = player()
    journal = watch(viewer, steady(make_clip() | {path: body}))
    assert journal.done.outcome is outcome
    assert journal.done.problem is not None
    assert journal.done.problem.failure is failure
    assert path in journal.done.problem.detail
    assert not viewer.qoe.started
    assert viewer.qoe.startup_ms == journal.ended_ms


def test_a_playlist_that_one_edge_garbles_is_read_from_the_next() -> None:
    objects = make_clip()
    garbled = iter([b"", *[objects[MASTER]] * 9])

    def tier(get: Get, now_ms: int) -> Answer:
        body = {MASTER: next(garbled)} if get.kind is ObjectClass.MULTIVARIANT else {}
        return steady(objects | body)(get, now_ms)

    viewer = player(edges=EDGES)
    assert watch(viewer, tier).done.outcome is Outcome.PLAYED_OUT
    assert viewer.qoe.failures == 1


def test_the_viewer_leaves_when_they_have_watched_enough() -> None:
    viewer = player(watch_ms=3_000, now_ms=500)
    journal = watch(viewer, steady(make_clip()), now_ms=500)
    assert journal.done.outcome is Outcome.LEFT
    assert journal.ended_ms == 3_500
    assert viewer.qoe.startup_ms == 250
    assert viewer.qoe.played_ms == 2_750


def test_an_answer_after_the_viewer_left_counts_for_nothing() -> None:
    viewer = player(watch_ms=4_000)
    journal = watch(viewer, steady(make_clip(audio_bps=0), segment_ms=3_000))
    assert (journal.ended_ms, journal.done.outcome) == (6_030, Outcome.LEFT)
    assert (viewer.qoe.startup_ms, viewer.qoe.played_ms, viewer.qoe.stalled_ms) == (3_030, 970, 0)


def test_stopping_ends_the_session_in_the_middle_of_a_request() -> None:
    viewer = player()
    assert isinstance(viewer.next(0), Get)
    assert viewer.stop(40) == Done(Outcome.LEFT) == viewer.next(50) == viewer.stop(60)
    assert viewer.qoe.startup_ms == 40


def test_steps_out_of_turn_raise() -> None:
    viewer = player()
    with pytest.raises(RuntimeError, match="no request is under way"):
        viewer.on_response(200, b"", 0, 0, 0)
    viewer.next(0)
    with pytest.raises(RuntimeError, match=r"the answer to http://edge-1/vod/clip/master.m3u8 is still due"):
        viewer.next(1)
    with pytest.raises(ValueError, match="at least one edge"):
        player(edges=())


@st.composite
def tiers(draw: st.DrawFn) -> Tier:
    """A tier in any mood: slow, failing, missing objects, all by chance."""
    objects = make_clip(
        segments=draw(st.integers(1, 6)),
        segment_ms=draw(st.sampled_from([500, 1_001, 2_000, 4_000])),
        audio_bps=draw(st.sampled_from([0, 64_000])),
    )
    chance = Random(draw(st.integers()))
    slowest_ms = draw(st.sampled_from([0, 50, 1_000, 6_000]))
    health = draw(st.sampled_from([1.0, 0.9, 0.5]))

    def tier(get: Get, _now_ms: int) -> Answer:
        took_ms = chance.randint(0, slowest_ms)
        if chance.random() < health:
            return Answer(took_ms, 200, objects[urlsplit(get.url).path])
        moods = [Answer(took_ms, failure=failure) for failure in (Failure.TIMEOUT, Failure.UNREACHABLE)]
        return chance.choice([*moods, Answer(took_ms, 503), Answer(took_ms, 200, b"")])

    return tier


@settings(max_examples=150, deadline=None)
@given(tiers(), st.none() | st.integers(1, 20_000), st.none() | st.integers(0, 20_000), st.integers(0, 9))
def test_every_millisecond_of_a_session_is_accounted_for(
    tier: Tier, watch_ms: int | None, stop_ms: int | None, seed: int
) -> None:
    behaviour = PlayerSettings(max_buffer_ms=5_000, max_rounds=2)
    viewer = player(watch_ms, behaviour, edges=EDGES, seed=seed)
    journal = watch(viewer, tier, stop_ms=stop_ms)
    qoe = viewer.qoe
    length_ms = journal.ended_ms if watch_ms is None else min(journal.ended_ms, watch_ms)
    assert qoe.startup_ms + qoe.played_ms + qoe.stalled_ms == length_ms
    assert min(qoe.startup_ms, qoe.played_ms, qoe.stalled_ms, qoe.stalls, qoe.average_bps) >= 0
    assert 0 <= qoe.rebuffer_ratio <= 1
    assert bool(qoe.stalled_ms) <= bool(qoe.stalls)
    assert (journal.done.problem is not None) == journal.done.outcome.startswith("no_")


@settings(max_examples=30, deadline=None)
@given(st.integers(), st.integers(0, 2**32))
def test_the_same_seed_and_answers_give_the_same_session(chance: int, seed: int) -> None:
    def tier(get: Get, now_ms: int) -> Answer:
        mood = Random(f"{chance} {get.url} {now_ms}")
        return Answer(mood.randint(0, 900), mood.choice([200, 200, 502]), objects[urlsplit(get.url).path])

    objects = make_clip()
    journals = [watch(player(edges=EDGES, seed=seed), tier) for _ in range(2)]
    assert journals[0] == journals[1]


def test_waits_are_for_moments_to_come() -> None:
    viewer = player(watch_ms=60_000)
    tier = steady(make_clip(segments=30))
    now_ms = 0
    while not isinstance(action := viewer.next(now_ms), Done):
        if isinstance(action, Wait):
            assert action.until_ms > now_ms
            now_ms = action.until_ms
        else:
            answer = tier(action, now_ms)
            viewer.on_response(200, answer.body, len(answer.body), now_ms, now_ms + 100)
            now_ms += 100
    assert now_ms == 60_000
