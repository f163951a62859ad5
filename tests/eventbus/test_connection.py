"""One connection at the hub's end: what it takes for a frame, and how it ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from eventbus import connection
from eventbus.connection import Connection
from eventbus.events import AssetDeleted, Record, encode
from eventbus.protocol import PROTOCOL, Ack, Bye, Close, Hello, ProtocolError
from tests.eventbus.bus import edge

Talk = Callable[[Connection], Awaitable[None]]

HELLO = encode(Hello(PROTOCOL, edge(1), None, 5)).decode()


@asynccontextmanager
async def connected(talk: Talk) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A client whose connection the server hands to `talk`; what that raises is raised at the end."""
    failures: list[BaseException] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        made = Connection(request)
        await made.ws.prepare(request)
        try:
            await talk(made)
        except Exception as failure:
            failures.append(failure)
        return made.ws

    app = web.Application()
    app.router.add_get("/bus", handle)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/bus"
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as ws:
            yield ws
    finally:
        await runner.cleanup()
    if failures:
        raise failures[0]


async def test_frames_are_heard_and_sent() -> None:
    heard: list[object] = []

    async def talk(made: Connection) -> None:
        heard.append(await made.hear_hello())
        made.sent_position = 1
        await made.send(Record(1, 9, AssetDeleted("film")))
        heard.extend([await made.hear_reply(), await made.hear_reply()])

    async with connected(talk) as ws:
        await ws.send_str(HELLO)
        assert (await ws.receive_str()).encode() == encode(Record(1, 9, AssetDeleted("film")))
        for reply in (Ack(1, 6), Bye()):
            await ws.send_str(encode(reply).decode())
        await ws.receive()
    assert heard == [Hello(PROTOCOL, edge(1), None, 5), Ack(1, 6), Bye()]


async def test_a_peer_that_goes_away_is_a_connection_error() -> None:
    async def talk(made: Connection) -> None:
        await made.hear_hello()

    with pytest.raises(ConnectionError, match="closed by the peer"):
        async with connected(talk) as ws:
            await ws.close()


@pytest.mark.parametrize(("frame", "kind"), [(b"{}", "BINARY"), ("x" * 70_000, "ERROR")])
async def test_what_is_no_text_or_too_long_is_a_bad_frame(frame: str | bytes, kind: str) -> None:
    async def talk(made: Connection) -> None:
        await made.hear_reply()

    with pytest.raises(ProtocolError, match=f"not {kind}"):
        async with connected(talk) as ws:
            await (ws.send_str(frame) if isinstance(frame, str) else ws.send_bytes(frame))
            await ws.receive()


async def test_a_close_says_why_within_the_room_that_a_frame_has() -> None:
    async def talk(made: Connection) -> None:
        await made.close(Close.BAD_FRAME, "é" * 100)

    async with connected(talk) as ws:
        message = await ws.receive()
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, Close.BAD_FRAME.code)
        assert message.extra == "é" * 61


async def test_a_peer_that_never_answers_the_close_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_CLOSE_TIMEOUT_S", 0.05)
    ended = asyncio.Event()

    async def talk(made: Connection) -> None:
        await made.close(Close.REPLACED)
        ended.set()

    async with connected(talk):
        await asyncio.wait_for(ended.wait(), 5)


async def test_an_end_that_nobody_carries_out_becomes_an_abort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_CLOSE_TIMEOUT_S", 0.02)

    async def talk(made: Connection) -> None:
        made.end(Close.REPLACED)
        assert made.news.is_set()
        await made.hear_reply()

    with pytest.raises(ConnectionError):
        async with connected(talk) as ws:
            assert (await ws.receive(5)).type is aiohttp.WSMsgType.CLOSED
