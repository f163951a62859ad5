"""Players in virtual time."""

from typing import Any

from simulator import Condition, World, WorldSettings
from simulator.site import objects_of
from simulator.viewer import Viewer
from tests.manifests.samples import asset

PATH = "/vod/demo/master.m3u8"


def watch(world: World, viewers: int = 1, **options: Any) -> None:
    for number in range(viewers):
        world.spawn(Viewer(world, PATH, world.rng(f"viewer-{number}"), **options).watch())


def world_of_clip(**changes: Any) -> World:
    return World(WorldSettings(**changes), objects_of(asset()))


def test_a_viewer_plays_the_asset_out() -> None:
    world = world_of_clip(edges=2)
    watch(world)
    world.settle()
    [session] = world.books.sessions
    assert (session.done.outcome, session.qoe.started, session.qoe.stalls) == ("played_out", True, 0)
    assert 4_900 <= session.qoe.played_ms <= 5_100
    assert 0 < session.qoe.startup_ms < 2_000
    # Of real playlists: multivariant, a picture's and the sound's, an init each, three segments each.
    assert world.books.answers == {"200": 3 + 2 + 6}


def test_a_line_that_is_too_slow_stalls_the_picture() -> None:
    world = world_of_clip(client_bandwidth_bps=250_000)
    watch(world)
    world.settle()
    [session] = world.books.sessions
    assert session.done.outcome == "played_out"
    assert session.qoe.stalls > 0
    assert 0 < session.qoe.rebuffer_ratio < 1


def test_a_viewer_goes_on_through_another_edge() -> None:
    world = world_of_clip(edges=2)
    watch(world, viewers=6)
    world.at(300, lambda: world.kill("edge-1"))
    world.settle()
    assert [session.done.outcome for session in world.books.sessions] == ["played_out"] * 6
    assert sum(session.qoe.failures for session in world.books.sessions) > 0


def test_without_an_origin_nobody_starts() -> None:
    world = world_of_clip()
    world.origin.condition = Condition.DOWN
    watch(world)
    world.settle()
    [session] = world.books.sessions
    assert (session.done.outcome, session.qoe.started) == ("no_multivariant", False)
    assert session.done.problem is not None


def test_sessions_are_in_the_report() -> None:
    world = world_of_clip()
    watch(world, viewers=3, watch_ms=2_500)
    world.settle()
    players = world.report()["players"]
    assert isinstance(players, dict)
    assert (players["sessions"], players["endings"]) == (3, {"left": 3})
