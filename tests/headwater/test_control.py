"""The client of the admin API, where the origin is not what was expected."""

import pytest
from aiohttp import web

from headwater.control import Control, ControlError


async def server(status: int, body: str) -> tuple[web.ServerRunner, str]:
    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(status=status, text=body, content_type="application/json")

    runner = web.ServerRunner(web.Server(answer, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (409, '{"error": "exists", "message": "asset demo exists"}', "asset demo exists"),
        (500, "oh no", "the origin answered 500: oh no"),
        (404, "[]", "the origin answered 404: []"),
    ],
)
async def test_a_refusal_is_given_in_the_origins_words(status: int, body: str, words: str) -> None:
    runner, url = await server(status, body)
    with pytest.raises(ControlError, match=words.replace("[", r"\[").replace("]", r"\]")):
        await Control(url, "token").delete("demo")
    await runner.cleanup()


async def test_a_node_that_is_not_there_is_not_ready() -> None:
    runner, url = await server(200, "{}")
    assert await Control(url, "token").is_ready(url)
    await runner.cleanup()
    assert not await Control(url, "token").is_ready(url)
    with pytest.raises(ControlError, match=url):
        await Control(url, "token").assets()
