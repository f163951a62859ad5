"""hls.js, dash.js, Shaka Player and the demo's own page each play ten seconds without a stall.

All of them play at once, as viewers do, so that the folder takes little more time than the clip.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.chromium import screenshot_on_failure

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.real]

SECONDS = 10
PROBES = {
    "hls.js": ("hls.js", "master.m3u8"),
    "dash.js": ("dash.js", "manifest.mpd"),
    "shaka-hls": ("shaka", "master.m3u8"),
    "shaka-dash": ("shaka", "manifest.mpd"),
}
PAGE_PROTOCOLS = ("hls", "dash")
PAGE_REPORT = """(({requests, ...state}) => ({
    ...state,
    statuses: requests.map((request) => request.status),
    rows: document.querySelectorAll("#rows tr").length,
}))(headwater)"""


class Play(NamedTuple):
    """How ten seconds went, and the page that still shows them."""

    page: Page
    report: dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plays(browser: Browser, delivery_url: str, probe_url: str) -> AsyncIterator[dict[str, Play]]:
    """Every player's report by its name."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    probes = [probe(await context.new_page(), probe_url, delivery_url, *PROBES[name]) for name in PROBES]
    pages = [watch_page(await context.new_page(), delivery_url, protocol) for protocol in PAGE_PROTOCOLS]
    done = await asyncio.gather(*probes, *pages)
    yield dict(zip((*PROBES, *PAGE_PROTOCOLS), done, strict=True))
    await context.close()


async def probe(page: Page, probe_url: str, delivery_url: str, library: str, manifest: str) -> Play:
    await page.goto(probe_url)
    call = "([library, url, seconds]) => probe(library, url, seconds)"
    report = await page.evaluate(call, [library, f"{delivery_url}/vod/demo/{manifest}", SECONDS])
    return Play(page, report)


async def watch_page(page: Page, delivery_url: str, protocol: str) -> Play:
    """The demo's page starts by itself; it is left alone until it has played long enough, or has given up."""
    await page.goto(f"{delivery_url}/player/?asset=demo&protocol={protocol}")
    done = f"() => headwater.playedS >= {SECONDS} || headwater.errors.length > 0"
    await page.wait_for_function(done, timeout=30_000)
    return Play(page, await page.evaluate(PAGE_REPORT))


@pytest.mark.parametrize("name", PROBES)
async def test_player_library_plays_without_a_stall(plays: dict[str, Play], name: str) -> None:
    page, report = plays[name]
    async with screenshot_on_failure(page, f"player-{name}"):
        assert report["errors"] == []
        assert report["playedS"] >= SECONDS
        assert report["stalls"] == 0, f"stalled for {report['stalledMs']:.0f} ms"
        assert report["frames"] > SECONDS * 10, "the clock went on, but the pictures did not"
        assert report["height"] > 0


@pytest.mark.parametrize("protocol", PAGE_PROTOCOLS)
async def test_page_plays_without_a_stall(plays: dict[str, Play], protocol: str) -> None:
    page, report = plays[protocol]
    async with screenshot_on_failure(page, f"page-{protocol}"):
        assert report["errors"] == []
        assert report["playedS"] >= SECONDS
        assert report["stalls"] == 0, f"stalled for {report['stalledMs']:.0f} ms"
        assert report["rendition"].endswith("p")
        assert set(report["statuses"]) == {200}
        assert report["rows"] == len(report["statuses"])
        assert report["sources"]["direct"] == 0, "every answer of an edge says what its cache did"
