"""Every no in one form, whatever raised it."""

import logging
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from eventbus.log import LogError, LogTrouble
from origin.errors import AssetNotFoundError, NotAVideoError
from origin.refusals import ANSWERED, Refusal, RefusedError, refuse_in_json


async def ask(handler: Any, path: str = "/thing", method: str = "GET") -> tuple[Any, Any]:
    app = web.Application(middlewares=[refuse_in_json])
    app.router.add_get("/thing", handler)
    async with TestClient(TestServer(app)) as client, client.request(method, path) as response:
        return response, await response.json()


@pytest.mark.parametrize(
    ("error", "status", "reason", "cache_control"),
    [
        (RefusedError(Refusal.BAD_REQUEST, "no"), 400, "bad_request", "no-store"),
        (RefusedError(Refusal.NOT_FOUND, "no"), 404, "not_found", "public, max-age=1"),
        (RefusedError(Refusal.UNAUTHORIZED, "no", {"X-A": "b"}), 401, "unauthorized", "no-store"),
        (AssetNotFoundError("film"), 404, "asset_not_found", "public, max-age=1"),
        (NotAVideoError("no"), 415, "not_a_video", "no-store"),
        (LogError(LogTrouble.BROKEN, "disk full"), 503, "log_failed", "no-store"),
        (web.HTTPRequestEntityTooLarge(1, 2), 413, "bad_request", "no-store"),
        (KeyError("secret detail"), 500, "internal", "no-store"),
    ],
)
async def test_each_error_has_its_status_and_reason(
    error: Exception, status: int, reason: str, cache_control: str
) -> None:
    async def handler(request: web.Request) -> web.Response:
        raise error

    response, body = await ask(handler)
    assert (response.status, body["error"]) == (status, reason)
    assert body.keys() == {"error", "message"}
    assert "secret" not in body["message"]
    assert response.headers["Cache-Control"] == cache_control
    if isinstance(error, RefusedError):
        assert error.headers.items() <= response.headers.items()


async def test_a_fault_of_ours_is_logged_with_its_details(caplog: pytest.LogCaptureFixture) -> None:
    async def handler(request: web.Request) -> web.Response:
        raise KeyError("the detail")

    with caplog.at_level(logging.ERROR):
        await ask(handler)
    assert "GET /thing failed" in caplog.text
    assert "the detail" in caplog.text


async def test_routes_that_do_not_exist_are_refused_in_the_same_form() -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response()

    response, body = await ask(handler, "/nothing")
    assert (response.status, body) == (404, {"error": "not_found", "message": "nothing is at '/nothing'"})
    response, body = await ask(handler, method="POST")
    assert (response.status, body["error"]) == (405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD"


async def test_a_redirect_is_no_refusal() -> None:
    async def handler(request: web.Request) -> web.Response:
        raise web.HTTPSeeOther("/thing/else")

    app = web.Application(middlewares=[refuse_in_json])
    app.router.add_get("/thing", handler)
    async with TestClient(TestServer(app)) as client:
        response = await client.get("/thing", allow_redirects=False)
        assert (response.status, response.headers["Location"]) == (303, "/thing/else")


async def test_a_fault_after_the_answer_began_cuts_the_connection() -> None:
    """A second answer would end up inside the first one's body."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        request[ANSWERED] = True
        await response.write(b"half")
        raise KeyError

    app = web.Application(middlewares=[refuse_in_json])
    app.router.add_get("/thing", handler)
    async with TestClient(TestServer(app)) as client:
        response = await client.get("/thing")
        assert await response.content.readany() == b"half"
        with pytest.raises(Exception, match=r"payload|disconnected"):
            await response.content.read()


def test_reasons_are_distinct() -> None:
    assert len({refusal.reason for refusal in Refusal}) == len(Refusal)
    assert all(400 <= refusal.status < 600 for refusal in Refusal)
