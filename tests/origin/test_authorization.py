"""The token in front of the admin API and the bus, as a table over real HTTP."""

from pathlib import Path

import pytest

from tests.origin.origins import TOKEN, running

GUARDED = [
    ("GET", "/admin/assets"),
    ("PUT", "/admin/assets/film"),
    ("DELETE", "/admin/assets/film"),
    ("GET", "/admin/assets/film/progress"),
    ("POST", "/admin/purge"),
    ("GET", "/bus"),
]
WRONG = [
    "",
    "Bearer",
    "Bearer ",
    f"Basic {TOKEN}",
    "Bearer wrong",
    f"Bearer {TOKEN}x",
    f"Bearer {TOKEN[:-1]}",
]


@pytest.mark.parametrize(("method", "path"), GUARDED)
async def test_without_the_token_nothing_is_done(tmp_path: Path, method: str, path: str) -> None:
    async with running(tmp_path, clip=False) as site:
        for shown in WRONG:
            headers = {"Authorization": shown} if shown else {}
            response, body = await site.ask(method, path, headers=headers)
            assert response.status == 401, shown
            assert response.headers["WWW-Authenticate"].startswith('Bearer realm="headwater"')
            assert ("invalid_token" in response.headers["WWW-Authenticate"]) is shown.startswith("Bearer")
            assert b'"error":"unauthorized"' in body
            assert TOKEN.encode() not in body
            assert "Access-Control-Allow-Origin" not in response.headers


async def test_a_token_that_is_no_text_is_wrong_too(tmp_path: Path) -> None:
    async with running(tmp_path, clip=False) as site:
        head = b"Host: a\r\nAuthorization: Bearer \xff\xfe\r\nConnection: close\r\n\r\n"
        status, _ = await site.raw(b"GET /admin/assets HTTP/1.1\r\n" + head)
        assert status in {400, 401}


async def test_the_scheme_is_case_insensitive(tmp_path: Path) -> None:
    async with running(tmp_path, clip=False) as site:
        response, _ = await site.ask("GET", "/admin/assets", headers={"Authorization": f"bearer {TOKEN}"})
        assert response.status == 200
