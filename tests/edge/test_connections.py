"""How many connections are let in: as counts, and on real sockets."""

import asyncio
import json
from pathlib import Path

import pytest

from edge import EdgeNode
from edge.connections import Connections, Full
from edge.settings import ClientLimits
from tests.edge.raw import address_of, exchange, split
from tests.edge.scripted import SlowBody, get, origin_and_edge
from tests.edge.secure import connect, listening
from tests.edge.tier import until

GET = b"GET /a HTTP/1.1\r\nHost: viewer\r\n\r\n"


def test_no_more_are_let_in_than_may_be_in_all_and_from_one_address() -> None:
    connections = Connections(3, 2)
    connections.enter("a")
    connections.enter("a")
    assert connections.why_full("a") is Full.CLIENT and connections.why_full("b") is None
    connections.enter("b")
    assert connections.why_full("c") is Full.NODE and connections.open == 3
    connections.leaving = 1
    assert connections.why_full("c") is None
    connections.leave("a")
    assert connections.why_full("a") is None


def test_nothing_is_no_limit() -> None:
    connections = Connections(0, 0)
    for _ in range(1_000):
        connections.enter("a")
    assert connections.why_full("a") is None


def test_only_some_are_told_at_once() -> None:
    connections = Connections(1, 0)
    told = sum(connections.tell() for _ in range(1_000))
    assert told == 128
    connections.told()
    assert connections.tell() and not connections.tell()


@pytest.mark.parametrize("full", Full)
def test_each_has_a_name_and_a_message(full: Full) -> None:
    assert full.error.isascii() and len(full.message) > 20


async def opened(node: EdgeNode, sent: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(*address_of(node.url))
    writer.write(sent)
    return reader, writer


async def test_one_too_many_is_told_so_and_closed(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    async with origin_and_edge(clients=ClientLimits(connections=1), access_log=log) as (origin, node):
        slow = origin.answers["/a"] = SlowBody({"Cache-Control": "max-age=60"})
        reader, writer = await opened(node, GET)
        await slow.asked.wait()
        for sent in (b"", GET, GET + b"x" * 100_000):
            status, fields, body = split(await exchange(node.url, sent))
            assert status == "HTTP/1.1 503 Service Unavailable"
            assert json.loads(body)["error"] == "connections-limit"
            assert {("retry-after", "1"), ("connection", "close")} <= set(fields)
        slow.pieces.put_nowait(b"whole")
        slow.pieces.put_nowait(None)
        assert b"whole" in await reader.readuntil(b"0\r\n\r\n")
        writer.close()
        await until(lambda: not node._server._limit.open)  # type: ignore[union-attr]
        text = (await get(node.url + "/metrics"))[1]
        assert b"headwater_edge_connections 1.0" in text and b"headwater_edge_max_connections 1.0" in text
        assert b'outcome="refused",reason="connections-limit",who="client"} 3.0' in text
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["reason"] for line in lines].count("connections-limit") == 3
    assert all(line["client"] == "127.0.0.1" for line in lines)


async def test_who_is_idle_makes_room() -> None:
    limits = ClientLimits(connections=2, stall_timeout_ms=100)
    async with origin_and_edge(clients=limits) as (origin, node):
        origin.says("/a", b"hello", cache_control="max-age=60")
        slow = origin.answers["/slow"] = SlowBody({"Cache-Control": "max-age=60"})
        first, first_writer = await opened(node, GET)
        await first.readuntil(b"hello")
        busy, busy_writer = await opened(node, GET.replace(b"/a", b"/slow"))
        await slow.asked.wait()
        server = node._server
        assert server is not None
        await until(lambda: any(inlet.is_spare for inlet in server.connections))  # type: ignore[attr-defined]
        third, third_writer = await opened(node, GET)
        assert await first.read() == b""
        await third.readuntil(b"hello")
        assert node.counters.cut_off == {"made-room": 1}
        slow.pieces.put_nowait(None)
        assert b"0\r\n\r\n" in await busy.readuntil(b"0\r\n\r\n")
        for writer in (first_writer, busy_writer, third_writer):
            writer.close()


async def test_one_client_may_have_fewer_than_all() -> None:
    async with origin_and_edge(clients=ClientLimits(connections_per_client=1)) as (_, node):
        _, writer = await opened(node)
        await until(lambda: node._server._limit.open == 1)  # type: ignore[union-attr]
        assert b'"client-connections-limit"' in await exchange(node.url, GET)
        writer.close()


async def test_with_tls_one_too_many_is_not_worth_a_handshake() -> None:
    async with origin_and_edge(tls=listening(), clients=ClientLimits(connections=1)) as (_, node):
        _, writer = await connect(node.tls_url)
        with pytest.raises(OSError, match=r"."):
            await connect(node.tls_url)
        assert node.counters.requests["client", "refused", "connections-limit"] == 1
        writer.close()
        await until(lambda: not node._server._limit.open)  # type: ignore[union-attr]
        _, writer = await connect(node.tls_url)
        writer.close()
