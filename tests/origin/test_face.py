"""What all routes share: fields, preflights, health, and the count of requests under way."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from origin.face import Face
from tests.origin.origins import running


def face(why_not: str | None = None) -> Face:
    return Face(lambda: 0, lambda: why_not, lambda: b"figures\n")


@pytest.mark.parametrize(
    "path", ["/vod/clip/master.m3u8", "/vod/absent/manifest.mpd", "/player/", "/player/player.js"]
)
async def test_a_preflight_allows_what_players_send(tmp_path: Path, path: str) -> None:
    async with running(tmp_path, clip=False) as site:
        response, body = await site.ask("OPTIONS", path, headers={"Origin": "http://page"})
        assert (response.status, body) == (204, b"")
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
        assert "Range" in response.headers["Access-Control-Allow-Headers"].split(", ")
        assert int(response.headers["Access-Control-Max-Age"]) > 0


async def test_the_admin_api_takes_no_preflights(tmp_path: Path) -> None:
    async with running(tmp_path, clip=False) as site:
        response, _ = await site.ask("OPTIONS", "/admin/assets")
        assert response.status == 405
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_health_and_figures(tmp_path: Path) -> None:
    async with running(tmp_path, clip=False) as site:
        for path in ("/healthz", "/readyz", "/metrics"):
            response, _ = await site.get(path)
            assert response.status == 200
            assert response.headers["Cache-Control"] == "no-store"
        response, body = await site.get("/metrics")
        assert response.headers["Content-Type"].startswith("text/plain")
        assert b"headwater_origin_requests_total" in body


async def test_readiness_says_what_is_missing() -> None:
    async with TestClient(TestServer(face("draining").app)) as client:
        response = await client.get("/readyz")
        assert (response.status, await response.json()) == (503, {"status": "not ready", "why": "draining"})
        assert (await client.get("/healthz")).status == 200


async def test_the_date_is_by_the_origin_s_clock() -> None:
    async with TestClient(TestServer(face().app)) as client:
        response = await client.get("/healthz")
        assert response.headers["Date"] == "Thu, 01 Jan 1970 00:00:00 GMT"
        assert response.headers["Server"] == "headwater"


async def test_idle_means_that_no_request_but_the_bus_is_under_way() -> None:
    made, entered, release = face(), asyncio.Event(), asyncio.Event()

    async def wait(request: web.Request) -> web.Response:
        entered.set()
        await release.wait()
        return web.Response()

    made.app.router.add_get("/wait", wait)
    made.app.router.add_get("/bus", wait)
    async with TestClient(TestServer(made.app)) as client:
        await made.idle()
        bus = asyncio.create_task(client.get("/bus"))
        await entered.wait()
        await asyncio.wait_for(made.idle(), 1)
        entered.clear()
        request = asyncio.create_task(client.get("/wait"))
        await entered.wait()
        idle = asyncio.create_task(made.idle())
        await asyncio.sleep(0)
        assert not idle.done()
        release.set()
        await asyncio.gather(request, bus, idle)
