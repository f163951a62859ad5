"""The player page beyond plain playing: seeking, choosing a rendition, and saying plainly what went wrong."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route

from tests.chromium import screenshot_on_failure

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.real]

PATIENCE_MS = 20_000


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """A page of a viewer who was never here before: nothing is in the browser's cache."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    yield await context.new_page()
    await context.close()


async def open_player(page: Page, delivery_url: str, query: str) -> None:
    await page.goto(f"{delivery_url}/player/?{query}")


async def wait_for(page: Page, condition: str) -> None:
    """A function and not an expression: the page's security policy forbids evaluating strings."""
    await page.wait_for_function(f"() => {condition}", timeout=PATIENCE_MS)


async def shown_error(page: Page) -> str:
    await page.locator("#error").wait_for(state="visible", timeout=PATIENCE_MS)
    return await page.locator("#error").inner_text()


@pytest.mark.parametrize("protocol", ["hls", "dash"])
async def test_seek_fetches_from_there_and_plays_on(page: Page, delivery_url: str, protocol: str) -> None:
    async with screenshot_on_failure(page, f"page-seek-{protocol}"):
        await open_player(page, delivery_url, f"asset=demo&protocol={protocol}")
        await wait_for(page, "headwater.playedS > 0.2")
        target_s = await page.evaluate("video.currentTime = video.duration - 3")
        await wait_for(page, f"video.currentTime > {target_s + 0.5}")
        await page.evaluate("video.currentTime = 0")
        await wait_for(page, "!video.seeking && video.currentTime > 0.5 && video.currentTime < 3")
        assert await page.evaluate("headwater.errors") == []


async def test_plays_to_the_end_and_again(page: Page, delivery_url: str) -> None:
    async with screenshot_on_failure(page, "page-end"):
        await open_player(page, delivery_url, "asset=demo")
        await wait_for(page, "headwater.playedS > 0.2")
        await page.evaluate("video.currentTime = video.duration - 1")
        await wait_for(page, "video.ended")
        await page.evaluate("video.play()")
        await wait_for(page, "!video.ended && video.currentTime > 0.5 && video.currentTime < 3")


@pytest.mark.parametrize(("protocol", "manifest"), [("hls", "multivariant playlist"), ("dash", "MPD")])
async def test_missing_asset_is_said_plainly(
    page: Page, delivery_url: str, protocol: str, manifest: str
) -> None:
    await open_player(page, delivery_url, f"asset=absent&protocol={protocol}")
    assert (await shown_error(page)).startswith(f"The {manifest} could not be fetched: 404")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "No asset is named: give its id above, or in the address as ?asset=ID."),
        ("asset=demo&protocol=smooth", 'The protocol "smooth" is unknown: choose hls or dash.'),
    ],
)
async def test_senseless_address_is_said_plainly(
    page: Page, delivery_url: str, query: str, message: str
) -> None:
    await open_player(page, delivery_url, query)
    assert await shown_error(page) == message


@pytest.mark.parametrize(("protocol", "manifest"), [("hls", "master.m3u8"), ("dash", "manifest.mpd")])
async def test_unsupported_codec_is_named(
    page: Page, delivery_url: str, protocol: str, manifest: str
) -> None:
    async def as_dolby_vision(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, body=(await answer.text()).replace("avc1.", "dvh1."))

    await page.route(f"**/{manifest}", as_dolby_vision)
    await open_player(page, delivery_url, f"asset=demo&protocol={protocol}")
    message = await shown_error(page)
    assert message.startswith("This browser can play none of the video renditions; they are")
    assert "dvh1." in message


async def test_transient_failure_is_tried_again(page: Page, delivery_url: str) -> None:
    attempts: list[str] = []

    async def fails_twice(route: Route) -> None:
        attempts.append(route.request.url)
        if len(attempts) <= 2:
            await route.fulfill(status=504, json={"error": "timeout", "message": "the origin is away"})
        else:
            await route.continue_()

    await page.route("**/init.mp4", fails_twice, times=3)
    async with screenshot_on_failure(page, "page-retry"):
        await open_player(page, delivery_url, "asset=demo")
        await wait_for(page, "document.getElementById('notice').textContent.includes('the origin is away')")
        await wait_for(page, "headwater.playedS > 0.5")
        assert await page.evaluate("headwater.errors") == []
        assert await page.locator("#notice").is_hidden()
        assert await page.locator("tr.failed").count() == 2


async def test_rendition_follows_throughput(page: Page, delivery_url: str) -> None:
    """The best rendition on loopback, a lower one at 500 kbit/s, which the browser itself imposes."""
    async with screenshot_on_failure(page, "page-throughput"):
        await open_player(page, delivery_url, "asset=demo&protocol=dash")
        await wait_for(page, "headwater.bufferS > 8")
        best = int((await page.evaluate("headwater.rendition")).removesuffix("p"))
        session = await page.context.new_cdp_session(page)
        await session.send("Network.enable")
        bytes_per_s = 500_000 // 8
        narrow = {"offline": False, "latency": 20, "downloadThroughput": bytes_per_s, "uploadThroughput": -1}
        await session.send("Network.emulateNetworkConditions", narrow)
        await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        await open_player(page, delivery_url, "asset=demo&protocol=dash")
        await wait_for(page, "headwater.bufferS > 3")  # so that the choice stands on what was measured
        assert int((await page.evaluate("headwater.rendition")).removesuffix("p")) < best
        assert await page.evaluate("headwater.errors") == []


async def test_second_visit_is_answered_by_the_browser_itself(page: Page, delivery_url: str) -> None:
    """Media are immutable, so a browser keeps them; the table must not call that a hit of an edge."""
    async with screenshot_on_failure(page, "page-second-visit"):
        await open_player(page, delivery_url, "asset=demo")
        await wait_for(page, "headwater.bufferS > 5")
        assert (await page.evaluate("headwater.sources"))["browser"] == 0
        await open_player(page, delivery_url, "asset=demo")
        await wait_for(page, "headwater.sources.browser > 2")
