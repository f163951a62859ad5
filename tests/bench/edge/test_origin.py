import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bench.edge.origin import ABSENT_BODY, OriginProtocol, noise


@pytest.fixture
async def url() -> AsyncIterator[str]:
    server = await asyncio.get_running_loop().create_server(OriginProtocol, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_objects_are_noise_that_may_be_stored_and_are_counted(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        before = int(await (await session.get(f"{url}/count/a")).read())
        for path, status, body in (
            ("/object/1024/a", 200, noise(1024)),
            ("/object/1048576/b", 200, noise(1024**2)),
            ("/object/0/c", 200, b""),
            ("/absent/a", 404, ABSENT_BODY),
            ("/object/much/a", 404, ABSENT_BODY),
            (f"/object/{10**12}/a-1", 404, ABSENT_BODY),
        ):
            async with session.get(url + path) as response:
                assert (response.status, await response.read()) == (status, body), path
                assert response.headers["Cache-Control"] == "max-age=3600"
                assert {"Date", "ETag", "Last-Modified", "Accept-Ranges"} <= response.headers.keys()
        assert int(await (await session.get(f"{url}/count/a")).read()) == before + 4


async def test_heads_may_come_in_pieces_and_together(url: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    head = b"GET /object/3/a HTTP/1.1\r\nHost: a\r\n\r\n"
    writer.write(head + head[:20])
    first = await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(3)
    writer.write(head[20:])
    second = await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(3)
    assert first.startswith(b"HTTP/1.1 200 OK\r\n") and first.endswith(b"\r\n\r\n" + noise(3))
    assert second.endswith(noise(3))
    writer.close()


def test_sizes_differ_in_more_than_length() -> None:
    assert noise(1024) != noise(2048)[:1024] and noise(5) == noise(5)
