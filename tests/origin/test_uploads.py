"""Receiving a body: whole, too large, broken off, or from a client that goes away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from origin.refusals import RefusedError
from origin.uploads import receive

MAX_BYTES = 3_000_000


class Sink:
    """A server that receives one body into `path` and remembers how that ended."""

    def __init__(self, path: Path, idle_ms: int = 10_000) -> None:
        self.path = path
        self.idle_ms = idle_ms
        self.entered = asyncio.Event()
        self.ended: asyncio.Queue[object] = asyncio.Queue()

    @asynccontextmanager
    async def served(self) -> AsyncIterator[int]:
        """The server's port. It cancels no handler whose client goes away, as the origin doesn't."""
        app = web.Application()
        app.router.add_put("/", self._put)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0][1]
        await runner.cleanup()

    async def _put(self, request: web.Request) -> web.Response:
        self.entered.set()
        try:
            received_bytes = await receive(request, self.path, MAX_BYTES, self.idle_ms)
        except Exception as error:
            self.ended.put_nowait(error)
            raise web.HTTPBadRequest from error
        self.ended.put_nowait(received_bytes)
        return web.Response(text=str(received_bytes))


async def put(sink: Sink, body: Any) -> object:
    async with sink.served() as port, aiohttp.ClientSession() as http:
        async with http.put(f"http://127.0.0.1:{port}/", data=body) as response:
            await response.read()
        return await sink.ended.get()


async def chunks(count: int) -> AsyncIterator[bytes]:
    for number in range(count):
        yield bytes([number % 256]) * 100_000


@pytest.mark.parametrize("size_bytes", [0, 1, 2_500_000, MAX_BYTES])
async def test_a_body_arrives_as_it_was_sent(tmp_path: Path, size_bytes: int) -> None:
    content = (bytes(range(256)) * (size_bytes // 256 + 1))[:size_bytes]
    assert await put(Sink(tmp_path / "source"), content) == size_bytes
    assert (tmp_path / "source").read_bytes() == content


async def test_a_body_of_unknown_length_arrives_too(tmp_path: Path) -> None:
    assert await put(Sink(tmp_path / "source"), chunks(12)) == 1_200_000
    assert (tmp_path / "source").read_bytes() == b"".join([piece async for piece in chunks(12)])


async def test_a_declared_size_over_the_limit_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    ended = await put(Sink(tmp_path / "source"), b"x" * (MAX_BYTES + 1))
    assert isinstance(ended, RefusedError)
    assert ended.refusal.status == 413
    assert not (tmp_path / "source").exists()


async def test_an_undeclared_size_is_cut_at_the_limit(tmp_path: Path) -> None:
    ended = await put(Sink(tmp_path / "source"), chunks(40))
    assert isinstance(ended, RefusedError)
    assert ended.refusal.status == 413
    assert (tmp_path / "source").stat().st_size <= MAX_BYTES


async def broken(sink: Sink, head: bytes, body: bytes, *, stays: bool = False) -> object:
    """How it ends for a client that says `head`, then `body` once it is listened to, and then goes away."""
    async with sink.served() as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"PUT / HTTP/1.1\r\nHost: a\r\n" + head + b"\r\n")
        await asyncio.wait_for(sink.entered.wait(), 10)
        writer.write(body)
        if not stays:
            writer.close()
        ended = await asyncio.wait_for(sink.ended.get(), 10)
        writer.close()
        return ended


async def test_a_client_that_goes_away_is_a_connection_error(tmp_path: Path) -> None:
    ended = await broken(Sink(tmp_path / "source"), b"Content-Length: 99\r\n", b"half")
    assert isinstance(ended, ConnectionError)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"Content-Length: 99\r\n", b"half"),
        (b"Transfer-Encoding: chunked\r\n", b"4\r\nhalf\r\n"),
        (b"Transfer-Encoding: chunked\r\n", b"4\r\nhalf\r\nZZZ\r\n"),
    ],
)
async def test_a_body_that_stalls_is_given_up(tmp_path: Path, head: bytes, body: bytes) -> None:
    ended = await broken(Sink(tmp_path / "source", idle_ms=50), head, body, stays=True)
    assert isinstance(ended, RefusedError)
    assert ended.refusal.status == 408


async def test_a_body_that_is_not_in_its_encoding_is_refused(tmp_path: Path) -> None:
    head = b"Content-Encoding: gzip\r\nContent-Length: 12\r\n"
    ended = await broken(Sink(tmp_path / "source"), head, b"no gzip here", stays=True)
    assert isinstance(ended, RefusedError)
    assert ended.refusal.status == 400
