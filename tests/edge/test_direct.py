"""Requests that a node reads itself: alone, one behind the other, and beside those left to aiohttp."""

import asyncio
import logging

import pytest

from caching import Record
from tests.edge.raw import RawServer, address_of, exchange, split
from tests.edge.scripted import SlowBody, edge_before, get, origin_and_edge
from tests.edge.test_hotpath import Wire, warm
from tests.edge.tier import until
from tests.twin.live import Clock

GET = b"GET /%b HTTP/1.1\r\nHost: viewer\r\n\r\n"
LAST = b"GET /%b HTTP/1.1\r\nHost: viewer\r\nConnection: close\r\n\r\n"


CHUNKED = b"HTTP/1.1 200 OK\r\nCache-Control: %b\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"


async def test_a_body_of_unknown_length_comes_in_chunks() -> None:
    async with RawServer(CHUNKED % b"no-store").listening() as upstream, edge_before(upstream.url) as node:
        got = await exchange(node.url, LAST % b"a")
        assert b"\r\nTransfer-Encoding: chunked\r\n" in got and got.endswith(b"\r\n\r\n2\r\nhi\r\n0\r\n\r\n")


async def test_so_does_one_that_is_being_stored_until_its_length_is_known() -> None:
    async with origin_and_edge() as (origin, node):
        slow = origin.answers["/a"] = SlowBody({"Cache-Control": "max-age=60"})
        reader, writer = await asyncio.open_connection(*address_of(node.url))
        writer.write(LAST % b"a")
        await slow.asked.wait()
        assert b"\r\nTransfer-Encoding: chunked\r\n" in await reader.readuntil(b"\r\n\r\n")
        for piece in (b"h", b"i", None):
            slow.pieces.put_nowait(piece)
        assert (await reader.read()).endswith(b"i\r\n0\r\n\r\n")
        writer.close()
        await node.idle()
        status, fields, body = split(await exchange(node.url, LAST % b"a"))
        assert status == "HTTP/1.1 200 OK" and body == b"hi" and ("content-length", "2") in fields


async def test_one_that_comes_whole_with_its_head_has_a_length() -> None:
    async with RawServer(CHUNKED % b"max-age=60").listening() as upstream, edge_before(upstream.url) as node:
        _, fields, body = split(await exchange(node.url, LAST % b"a"))
        assert body == b"hi" and ("content-length", "2") in fields


async def test_a_client_that_wants_its_connection_closed_is_told_that_it_is() -> None:
    async with warm() as (_, node, _, _):
        for name in (b"a", b"none"):
            got = await exchange(node.url, LAST % name)
            assert ("connection", "close") in split(got)[1]


async def test_a_drained_node_says_with_each_answer_that_it_is_the_last() -> None:
    async with warm(linger_ms=5_000) as (_, node, wire, _):
        assert await wire.is_hot()
        stopping = asyncio.create_task(node.stop())
        while node.why_not_ready() != "draining":
            await asyncio.sleep(0)
        wire.writer.write(GET % b"a")
        head = await wire.reader.readuntil(b"\r\n\r\n")
        assert b"\r\nConnection: close\r\n" in head
        assert await wire.reader.read() == b"0123456789"
        await stopping


async def test_a_request_under_way_is_answered_though_the_node_goes() -> None:
    async with origin_and_edge(drain_ms=5_000) as (origin, node):
        slow = origin.answers["/a"] = SlowBody({"Cache-Control": "max-age=60"}, length=4)
        reader, writer = await asyncio.open_connection(*address_of(node.url))
        writer.write(GET % b"a")
        await slow.asked.wait()
        stopping = asyncio.create_task(node.stop())
        for piece in (b"aa", b"aa", None):
            slow.pieces.put_nowait(piece)
        assert (await reader.read()).endswith(b"\r\n\r\naaaa")
        writer.close()
        await stopping


async def test_the_nodes_own_pages_are_not_the_caches() -> None:
    async with warm() as (origin, node, _, _):
        for path in ("/healthz", "/readyz?a=b", "/metrics"):
            assert (await get(node.url + path))[0] == 200
        assert set(origin.requests) == {"/a"}


async def test_a_bug_breaks_off_its_own_connection_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    async with warm() as (origin, node, wire, _):
        origin.says("/b", b"bb", cache_control="max-age=60")
        with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
            patched.setattr("edge.driver.Driver._obey", broken)
            async with Wire(node) as other:
                other.writer.write(GET % b"b")
                with pytest.raises(ConnectionResetError):
                    await other.reader.read()
        assert "a bug" in caplog.text
        assert (await wire.ask())[2] == b"0123456789"
        assert (await wire.ask("GET /b HTTP/1.1"))[2] == b"bb"  # no flight was left behind


async def test_hints_for_a_client_that_has_left_harm_nobody() -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def hint(head: bytes, reader: object, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await left.wait()
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </b>\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 2\r\n\r\nhi")
        await writer.drain()

    upstream = RawServer()
    upstream.talk = hint
    async with upstream.listening(), edge_before(upstream.url) as node:
        _, writer = await asyncio.open_connection(*address_of(node.url))
        writer.write(GET % b"a")
        await asked.wait()
        writer.transport.abort()
        server = node._server
        assert server is not None
        await until(lambda: not server.connections)
        left.set()
        await node.idle()
        assert split(await exchange(node.url, LAST % b"a"))[2] == b"hi"
        assert len(upstream.heads) == 1


@pytest.mark.parametrize("place", ["edge.direct.piece_of", "edge.driver.Driver.begin"])
async def test_a_bug_at_the_first_step_is_entered_in_the_books(
    place: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    records: list[Record] = []
    async with warm() as (_, node, wire, _):
        node.on_record(records.append)
        with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
            patched.setattr(place, broken)
            async with Wire(node) as other:
                other.writer.write(GET % b"a")
                with pytest.raises(ConnectionResetError):
                    await other.reader.read()
        assert "a request came to no answer" in caplog.text and len(records) == 1
        assert (await wire.ask())[2] == b"0123456789"


SAID = {
    "a length": b'HTTP/1.1 200 OK\r\n%bContent-Length: 2\r\nETag: "v1"\r\n\r\nhi',
    "chunks": b'HTTP/1.1 200 OK\r\n%bTransfer-Encoding: chunked\r\nETag: "v1"\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
    "no content": b"HTTP/1.1 204 No Content\r\n%b\r\n",
    "an error": b"HTTP/1.1 404 Not Found\r\n%bContent-Length: 2\r\n\r\nno",
    "nothing": b"HTTP/1.1 200 OK\r\n%bContent-Length: 0\r\n\r\n",
    "a redirection": b"HTTP/1.1 301 Moved Permanently\r\n%bLocation: /b\r\nContent-Length: 0\r\n\r\n",
}
ASKED = {
    "GET": b"GET /a HTTP/1.1\r\n",
    "HEAD": b"HEAD /a HTTP/1.1\r\n",
    "a range": b"GET /a HTTP/1.1\r\nRange: bytes=1-\r\n",
    "no range": b"GET /a HTTP/1.1\r\nRange: bytes=9-\r\n",
    "a condition": b'GET /a HTTP/1.1\r\nIf-None-Match: "v1"\r\n',
}


@pytest.mark.parametrize("control", ["no-store", "max-age=60"])
@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
async def test_an_answer_is_the_same_with_aiohttp_and_without(said: bytes, control: str) -> None:
    fields = f"Cache-Control: {control}\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n".encode()
    told: list[list[object]] = []
    for hot_path in (True, False):
        async with (
            RawServer(said % fields).listening() as upstream,
            edge_before(upstream.url, hot_path=hot_path, now_ms=Clock()) as node,
        ):
            rows: list[object] = []
            for asked in ASKED.values():
                for _ in range(3):
                    got = await exchange(node.url, asked + b"Host: viewer\r\nConnection: close\r\n\r\n")
                    status, lines, body = split(got)
                    rows.append((asked, status, sorted(lines), body))
            told.append(rows)
    for one, other in zip(*told, strict=True):
        assert one == other
