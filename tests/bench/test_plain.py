from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from bench.plain import Proxy


class Origin:
    """Counts what it is asked for; ``/ok`` may be kept, the rest not."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        self.asked.append(request.path_qs)
        control = {"/ok": "max-age=60", "/old": "max-age=0", "/secret": "no-store, max-age=60"}
        status = 200 if request.path in control else 404
        headers = {"Cache-Control": control.get(request.path, "max-age=60"), "Content-Type": "video/mp4"}
        return web.Response(status=status, body=b"x" * 100, headers=headers)


async def listening(handler: object) -> tuple[web.ServerRunner, str]:
    runner = web.ServerRunner(web.Server(handler))  # type: ignore[arg-type]
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


@pytest.fixture
async def origin() -> AsyncIterator[tuple[Origin, str]]:
    origin = Origin()
    runner, url = await listening(origin)
    yield origin, url
    await runner.cleanup()


@pytest.mark.parametrize(
    ("path", "capacity_bytes", "status", "asked"),
    [
        ("/ok", 1000, 200, 1),
        ("/gone?a=1", 1000, 404, 1),
        ("/old", 1000, 200, 2),
        ("/secret", 1000, 200, 2),
        ("/ok", 99, 200, 2),
    ],
)
async def test_what_may_be_kept_is_asked_for_once(
    origin: tuple[Origin, str], path: str, capacity_bytes: int, status: int, asked: int
) -> None:
    proxy = Proxy(origin[1], capacity_bytes)
    runner, url = await listening(proxy)
    async with aiohttp.ClientSession() as session:
        for _ in range(2):
            async with session.get(url + path) as response:
                assert (response.status, await response.read()) == (status, b"x" * 100)
                assert response.content_type == "video/mp4"
    assert origin[0].asked == [path] * asked
    await runner.cleanup()
    await proxy.stop()
