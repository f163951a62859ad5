"""Clients that take nothing, or say nothing to the end: cut off, counted, and holding nothing up."""

import asyncio
import json
import socket
from pathlib import Path

import pytest
from aiohttp import web

from edge import EdgeNode, UpstreamSettings
from edge.settings import ClientLimits
from tests.edge.raw import address_of, split
from tests.edge.scripted import SlowBody, get, origin_and_edge
from tests.edge.test_driver import living_bodies
from tests.edge.tier import until

MIB = 2**20
GET = b"GET /a HTTP/1.1\r\nHost: viewer\r\n\r\n"


async def connect(node: EdgeNode, sent: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A client that reads no more than a little of its own accord."""
    reader, writer = await asyncio.open_connection(*address_of(node.url), limit=1024)
    writer.write(sent)
    return reader, writer


@pytest.mark.parametrize("stored", [True, False])
async def test_a_client_that_takes_nothing_is_cut_off(stored: bool, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    async with origin_and_edge(clients=ClientLimits(stall_timeout_ms=200), access_log=log) as (origin, node):
        origin.says("/a", b"x" * 16 * MIB, cache_control="max-age=60" if stored else "no-store")
        reader, writer = await connect(node, GET)
        await until(lambda: b"client-stalled" in node_metrics(node))
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()
        await node.idle()
        assert living_bodies() == len(node.cache.index) == int(stored)
        assert (await get(node.url + "/a"))[1] == b"x" * 16 * MIB
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    cut_off = [line.get("cut_off") for line in lines]
    assert cut_off in (
        [None, None],
        ["client-stalled", None],
    )  # a stored one goes in one write


def node_metrics(node: EdgeNode) -> bytes:
    return repr(node.counters.cut_off).encode()


async def test_a_slow_client_that_takes_something_now_and_then_is_not() -> None:
    async with origin_and_edge(clients=ClientLimits(stall_timeout_ms=1_000)) as (origin, node):
        origin.says("/a", b"x" * 12 * MIB, cache_control="no-store")
        reader, writer = await connect(node, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        got = 0
        while piece := await reader.read(MIB // 2):
            got += len(piece)
            await asyncio.sleep(0.06)  # for longer than the limit altogether
        assert got > 12 * MIB and not node.counters.cut_off
        writer.close()


async def test_a_follower_that_takes_nothing_frees_the_others_when_it_is_cut_off() -> None:
    async with origin_and_edge(clients=ClientLimits(stall_timeout_ms=200)) as (origin, node):
        slow = origin.answers["/a"] = SlowBody({"Cache-Control": "max-age=60"})
        reading = asyncio.create_task(get(node.url + "/a"))
        await slow.asked.wait()
        _, stalled = await connect(node, GET)
        for _ in range(16):
            slow.pieces.put_nowait(b"x" * MIB)
        slow.pieces.put_nowait(None)
        assert len((await reading)[1]) == 16 * MIB
        await until(lambda: node.counters.cut_off["client-stalled"] == 1)
        await node.idle()
        stalled.close()


async def test_a_head_that_never_ends_is_not_waited_for() -> None:
    async with origin_and_edge(clients=ClientLimits(head_timeout_ms=100)) as (_, node):
        reader, writer = await connect(node, GET[:-2])
        status, fields, body = split(await reader.read())
        assert status.split(" ")[1] == "408" and json.loads(body)["error"] == "head-unfinished"
        assert ("connection", "close") in fields
        assert node.counters.cut_off == {"head-unfinished": 1}
        assert node.counters.requests == {("client", "refused", "head-unfinished"): 1}
        writer.close()


async def test_a_head_that_comes_byte_by_byte_is_not_waited_for_longer() -> None:
    async with origin_and_edge(clients=ClientLimits(head_timeout_ms=200)) as (_, node):
        reader, writer = await connect(node, GET[:-2])
        reading = asyncio.create_task(reader.read())
        while not reading.done():
            writer.write(b"x")
            await asyncio.wait([reading], timeout=0.01)
        assert split(await reading)[0].split(" ")[1] == "408"
        writer.close()


async def test_a_connection_on_which_nothing_happens_is_closed() -> None:
    async with origin_and_edge(clients=ClientLimits(keepalive_timeout_ms=200)) as (origin, node):
        origin.says("/a", b"hello", cache_control="max-age=60")
        reader, writer = await connect(node, GET)
        assert (await reader.read()).endswith(b"hello")
        silent, nothing = await connect(node, b"")
        assert await silent.read() == b""
        assert node.counters.cut_off == {"idle": 2}
        writer.close()
        nothing.close()


def small(node: EdgeNode, sent: bytes) -> socket.socket:
    """A client with room for next to nothing."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(address_of(node.url))
    client.setblocking(False)
    client.send(sent)
    return client


async def test_a_client_that_reads_too_slowly_is_cut_off(tmp_path: Path) -> None:
    log, limits = tmp_path / "access.log", ClientLimits(stall_timeout_ms=400, min_send_bytes_per_s=10 * MIB)
    loop = asyncio.get_running_loop()
    async with origin_and_edge(clients=limits, access_log=log) as (origin, node):
        origin.says("/a", b"x" * 16 * MIB, cache_control="no-store")
        with small(node, GET) as client:
            while not node.counters.cut_off:
                await loop.sock_recv(client, 1024)
                await asyncio.sleep(0.01)
            with pytest.raises(ConnectionResetError):
                while True:
                    await loop.sock_recv(client, 2**20)
        await node.idle()
        assert node.counters.cut_off == {"client-slow": 1}
    assert json.loads(log.read_text().splitlines()[0])["cut_off"] == "client-slow"


async def test_what_lies_in_the_kernel_has_not_been_taken() -> None:
    limits = ClientLimits(stall_timeout_ms=400, keepalive_timeout_ms=200)
    async with origin_and_edge(clients=limits) as (origin, node):
        origin.says("/a", b"x" * 100_000, cache_control="max-age=60")
        with small(node, GET):
            await until(lambda: bool(node.counters.cut_off))
            assert node.counters.cut_off == {"client-stalled": 1}


POST = b"POST /a HTTP/1.1\r\nHost: viewer\r\nContent-Length: 10\r\n\r\nhalf"


async def test_an_upload_that_stalls_is_refused_and_no_fault_of_upstreams(tmp_path: Path) -> None:
    log, upstream = tmp_path / "access.log", UpstreamSettings(head_timeout_ms=100)
    limits = ClientLimits(stall_timeout_ms=400)
    async with origin_and_edge(clients=limits, upstream=upstream, access_log=log) as (origin, node):
        origin.answers["/a"] = _takes_all
        reader, writer = await connect(node, POST)
        status, fields, body = split(await reader.read())
        assert status.split(" ")[1] == "408" and json.loads(body)["error"] == "upload-slow"
        assert ("connection", "close") in fields
        assert node.counters.cut_off == {"upload-slow": 1} and not node.counters.upstream_failures
        writer.close()
    (line,) = log.read_text().splitlines()
    assert json.loads(line)["reason"] == "upload-slow" and json.loads(line)["status"] == 408


async def test_an_upload_that_comes_too_slowly_is_refused() -> None:
    limits = ClientLimits(stall_timeout_ms=400, min_receive_bytes_per_s=MIB)
    async with origin_and_edge(clients=limits) as (origin, node):
        origin.answers["/a"] = _takes_all
        reader, writer = await connect(node, POST.replace(b"10", b"100000"))
        reading = asyncio.create_task(reader.read())
        while not reading.done():
            writer.write(b"x")
            await asyncio.wait([reading], timeout=0.01)
        assert b'"upload-slow"' in await reading
        writer.close()


async def _takes_all(request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(body=await request.read())


async def test_who_waits_for_an_answer_or_says_nothing_is_not_cut_off() -> None:
    async with origin_and_edge(clients=ClientLimits(stall_timeout_ms=50, head_timeout_ms=50)) as (
        origin,
        node,
    ):
        slow = origin.answers["/a"] = SlowBody({"Cache-Control": "max-age=60"})
        reader, writer = await connect(node, GET)
        _, idle = await connect(node, b"")
        await slow.asked.wait()
        await asyncio.sleep(0.3)  # it is a wait that must do nothing
        slow.pieces.put_nowait(b"whole")
        slow.pieces.put_nowait(None)
        assert (await reader.readuntil(b"0\r\n\r\n")).count(b"whole") == 1
        assert not node.counters.cut_off
        writer.close()
        idle.close()


async def test_a_client_that_leaves_is_counted(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    async with origin_and_edge(access_log=log) as (origin, node):
        slow = origin.answers["/a"] = SlowBody({"Cache-Control": "max-age=60"})
        _, writer = await connect(node, GET)
        await slow.asked.wait()
        writer.transport.abort()
        for _ in range(3):
            slow.pieces.put_nowait(b"x" * MIB)
        slow.pieces.put_nowait(None)
        await node.idle()
        assert node.counters.cut_off == {"client-left": 1}
    assert json.loads(log.read_text().splitlines()[0])["cut_off"] == "client-left"
