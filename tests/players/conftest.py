"""What the player tests share: one browser, one clip behind one edge, one page of probes.

Everything here lives in the session's event loop, so the tests of this folder are marked to run in it too.
All ask for the browser first: where it is absent, nothing is encoded in vain.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser

from headwater.cluster import Cluster, ClusterSettings
from origin.clip import ClipSettings, make_clip
from tests.chromium import installed_node_modules, launched_chromium

HERE = Path(__file__).parent
CLIP = ClipSettings(duration_ms=16_000, width=640, height=360, frames_a_second=25)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with launched_chromium() as chromium:
        yield chromium


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def delivery_url(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """An edge with a peer, before an origin that has published `demo`: each a process of its own."""
    folder = tmp_path_factory.mktemp("delivery")
    await make_clip(folder / "clip.mp4", CLIP)
    async with Cluster(ClusterSettings(folder=folder, edges=2)) as cluster:
        await cluster.control.publish(folder / "clip.mp4", "demo")
        yield cluster.edge_urls[0]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def probe_url(browser: Browser) -> AsyncIterator[str]:
    """The page of the probes, on a port other than the delivery's: the players cross origins, as in life."""
    app = web.Application()
    app.router.add_static("/modules", installed_node_modules(HERE))
    app.router.add_static("/", HERE / "probe")
    async with TestServer(app) as server:
        yield str(server.make_url("/probe.html"))
