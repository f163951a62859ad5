"""The whole tier as processes: purges by the real command, and what viewers notice when a node dies."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from headwater.cluster import Cluster, ClusterSettings
from headwater.tally import tally
from loadtest.run import run_loadtest
from loadtest.settings import LoadtestSettings
from origin.clip import ClipSettings, make_clip

CLIP = ClipSettings(duration_ms=12_000, width=320, height=180, frames_a_second=15)
MASTER = "/vod/clip/master.m3u8"


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    asyncio.run(make_clip(path, CLIP))
    return path


@asynccontextmanager
async def tier(folder: Path, clip: Path) -> AsyncIterator[Cluster]:
    """Three edges before an origin which has the clip."""
    async with Cluster(ClusterSettings(folder=folder)) as cluster:
        await cluster.control.publish(clip, "clip")
        yield cluster


async def command(cluster: Cluster, *arguments: str) -> tuple[int, str]:
    """The real command in a process of its own; its exit code and what it printed."""
    environment = {**os.environ, "HEADWATER_TOKEN": cluster.token, "HEADWATER_ORIGIN": cluster.origin.url}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "headwater", *arguments, env=environment, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    return process.returncode or 0, printed.decode()


async def cache_status(url: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        await response.read()
        assert response.status == 200, await response.text()
        return response.headers["Cache-Status"]


async def test_a_purge_has_reached_every_edge_when_the_command_answers(tmp_path: Path, clip: Path) -> None:
    async with tier(tmp_path, clip) as cluster:
        for scope in (("--url", MASTER), ("--prefix", "/vod/clip/"), ("--tag", "asset:clip"), ("--all",)):
            for url in cluster.edge_urls:
                await cache_status(url + MASTER)
                assert "; hit" in await cache_status(url + MASTER)
            before = (await tally(cluster.edge_urls)).purged
            code, printed = await command(cluster, "purge", *scope, "--json", "-")
            receipts = {edge["name"]: edge["state"] for edge in json.loads(printed)["edges"]}
            assert code == 0 and receipts == {f"edge-{n}": "confirmed" for n in (1, 2, 3)}
            assert (await tally(cluster.edge_urls)).purged == before + 3
            # Whichever edge is asked first, what it has now it did not have before.
            assert "; hit" not in (await cache_status(cluster.edge_urls[0] + MASTER))
        code, printed = await command(cluster, "assets", "--json", "-")
        assert code == 0 and [asset["id"] for asset in json.loads(printed)] == ["clip"]


async def test_viewers_go_on_while_the_origin_is_dead_and_all_heals(tmp_path: Path, clip: Path) -> None:
    async with tier(tmp_path, clip) as cluster:
        edges = tuple(cluster.edge_urls)
        warm = LoadtestSettings(edges=edges, assets=("clip",), users=3, seconds=4)
        await run_loadtest(warm)
        await cluster.origin.kill()
        during = await run_loadtest(LoadtestSettings(edges=edges, assets=("clip",), users=3, seconds=5))
        assert during.played_ms > 0 and during.sessions_failed == 0, during
        async with aiohttp.ClientSession() as session:
            for url in edges:
                async with session.get(url + "/vod/none/master.m3u8") as response:
                    assert response.status in (502, 504)
                    assert (await response.json())["error"].startswith("upstream-")
        await cluster.origin.start()
        after = await run_loadtest(LoadtestSettings(edges=edges, assets=("clip",), users=3, seconds=4))
        assert after.errors == 0 and after.sessions_failed == 0, after
        async with asyncio.timeout(10):
            while not all([await cluster.control.is_ready(url) for url in edges]):
                await asyncio.sleep(0.1)
        result = await cluster.control.purge({"all": True})
        assert {edge["state"] for edge in result["edges"]} == {"confirmed"} and len(result["edges"]) == 3


async def test_viewers_go_on_through_the_other_edges_when_one_dies(tmp_path: Path, clip: Path) -> None:
    async with tier(tmp_path, clip) as cluster:
        settings = LoadtestSettings(edges=tuple(cluster.edge_urls), assets=("clip",), users=6, seconds=8)
        watching = asyncio.create_task(run_loadtest(settings))
        async with asyncio.timeout(20):
            while (await tally(cluster.edge_urls)).requests < 60:
                await asyncio.sleep(0.05)
        await cluster.edges[0].kill()
        report = await watching
        assert report.sessions_failed == 0 and report.sessions > 0, report
        assert report.rebuffer_ratio < 0.05, report
