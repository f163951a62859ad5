"""Real Locust runs against small edges in processes of their own."""

from loadtest.report import Progress
from loadtest.run import run_loadtest
from loadtest.session import PlayerSettings
from loadtest.settings import LoadtestSettings
from tests.loadtest.conftest import StartEdge

SMALL_BUFFER = PlayerSettings(startup_buffer_ms=500, resume_buffer_ms=500, max_buffer_ms=3_000, retry_ms=50)


async def test_viewers_play_smoothly_and_are_stopped_in_the_middle(start_edge: StartEdge) -> None:
    edges = (await start_edge(segments=100), await start_edge(segments=100))
    settings = LoadtestSettings(edges, ("clip",), users=4, spawn_rate=50, seconds=3, player=SMALL_BUFFER)
    progress: list[Progress] = []
    report = await run_loadtest(settings, progress.append)
    assert (report.errors, report.problems) == (0, ())
    assert (report.sessions, report.sessions_failed) == (4, 0)
    assert 0 < report.startup_p50_ms <= report.startup_p95_ms < 1_000
    # 4 viewers for nearly 3 s, and never more than 4 x the measured time
    assert 4 * 1_500 < report.played_ms <= 4 * report.seconds * 1_000
    assert (report.stalled_ms, report.rebuffer_ratio) == (0, 0.0)
    kinds = {row.kind: row for row in report.kinds}
    assert set(kinds) == {"multivariant", "media_playlist", "init", "segment"}
    assert kinds["multivariant"].requests == 4
    # v360 at first, then v720, and the sound: 3 playlists and inits a viewer
    assert kinds["media_playlist"].requests == kinds["init"].requests == 4 * 3
    assert report.requests == sum(row.requests for row in report.kinds)
    assert report.bytes == sum(row.bytes for row in report.kinds) > 4 * 500_000
    assert progress[-1].users == 4
    assert 0 < progress[-1].requests <= report.requests


async def test_viewers_go_on_through_the_other_edges_when_some_fail_them(start_edge: StartEdge) -> None:
    edges = (
        await start_edge(segments=30, cut=["/vod/clip/v1/v360/0.m4s"]),
        await start_edge(segments=30, hung=["/vod/clip/v1/aac/0.m4s"]),
        await start_edge(segments=30, missing=["/vod/clip/v720.m3u8"]),
        "http://127.0.0.1:9",  # the discard port: nobody listens
        await start_edge(segments=30),
    )
    settings = LoadtestSettings(
        edges, ("clip",), users=8, spawn_rate=50, seconds=6, timeout_ms=2_000, player=SMALL_BUFFER
    )
    report = await run_loadtest(settings)
    assert (report.sessions_failed, report.sessions) == (0, 8)
    assert report.played_ms > 8 * 1_000
    problems = str(report.problems)
    assert report.errors == sum(int(problem.split(" x ")[0]) for problem in report.problems)
    assert f"segment: unreachable: {edges[0]}/vod/clip/v1/v360/0.m4s: HTTPParseError" in problems
    assert f"segment: timeout: {edges[1]}/vod/clip/v1/aac/0.m4s: TimeoutError" in problems
    assert f"media_playlist: status: {edges[2]}/vod/clip/v720.m3u8: status 404" in problems
    assert f"unreachable: {edges[3]}/vod/clip/master.m3u8: ConnectionRefusedError" in problems
    assert edges[4] not in problems


async def test_an_asset_that_is_not_there_is_a_failed_session(start_edge: StartEdge) -> None:
    edge = await start_edge()
    quick = PlayerSettings(max_rounds=1)
    settings = LoadtestSettings((edge,), ("nothing",), users=1, seconds=2, player=quick)
    report = await run_loadtest(settings)
    url = f"{edge}/vod/nothing/master.m3u8"
    assert report.sessions == report.sessions_failed == report.errors == report.requests
    assert report.problems[0] == f"{report.errors} x multivariant: status: {url}: status 404"
    assert report.problems[1] == f"{report.errors} x session: no_multivariant: {url}: status 404"
    assert (report.played_ms, report.startup_p50_ms) == (0, 0)
