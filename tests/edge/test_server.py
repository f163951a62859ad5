"""How a server takes its leave, and what it leaves of an upload."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web

from edge import EdgeNode, EdgeSettings
from edge.connections import Connections
from edge.doors import bound
from edge.inlet import Inlet
from edge.server import Server
from edge.settings import ClientLimits, HeadLimits
from tests.edge.raw import address_of, slow_reader, split
from tests.edge.scripted import SlowBody, get, origin_and_edge
from tests.edge.tier import until

GET = b"GET /a HTTP/1.1\r\nHost: viewer\r\n\r\n"


async def serving(handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> tuple[Server, str]:
    server = Server(
        handler,
        drain_ms=2_000,
        limits=HeadLimits(),
        on_flaw=lambda *_: web.Response(status=400),
        clients=ClientLimits(),
        on_cut_off=lambda *_: None,
        on_tls_failure=lambda _: None,
        connections=Connections(0, 0),
        on_full=lambda *_: b"",
    )
    sockets = bound("127.0.0.1", 0)
    port = sockets[0].getsockname()[1]
    await server.listen(sockets)
    return server, f"http://127.0.0.1:{port}"


async def answer_to(reader: asyncio.StreamReader, body: bytes) -> list[tuple[str, str]]:
    """The fields of one response with this body."""
    return split(await reader.readuntil(body))[1]


async def test_an_idle_connection_gets_one_more_answer_and_is_told_that_it_was_the_last() -> None:
    async with origin_and_edge(linger_ms=5_000) as (origin, node):
        origin.says("/a", b"hello", cache_control="max-age=60")
        reader, writer = await asyncio.open_connection(*address_of(node.url))
        writer.write(GET)
        assert "connection" not in dict(await answer_to(reader, b"hello"))
        stopping = asyncio.create_task(node.stop())
        while node.why_not_ready() is None:
            await asyncio.sleep(0)
        writer.write(GET)
        assert ("connection", "close") in await answer_to(reader, b"hello")
        assert await reader.read() == b""
        async with asyncio.timeout(2):  # nobody is connected any more, so it does not linger
            await stopping
        writer.close()


async def test_whoever_asks_for_health_meanwhile_hears_of_it() -> None:
    async with origin_and_edge(linger_ms=5_000) as (_, node):
        health = GET.replace(b"/a", b"/readyz")
        reader, writer = await asyncio.open_connection(*address_of(node.url))
        writer.write(health)
        await reader.readuntil(b'"ready"')
        await reader.readuntil(b"}")
        stopping = asyncio.create_task(node.stop())
        while node.why_not_ready() is None:
            await asyncio.sleep(0)
        writer.write(health)
        status, fields, body = split(await reader.read())
        assert status == "HTTP/1.1 503 Service Unavailable" and b"draining" in body
        assert ("connection", "close") in fields
        writer.close()
        await stopping


async def test_a_body_under_way_ends_whole_and_new_connections_are_refused() -> None:
    async with origin_and_edge(linger_ms=5_000) as (origin, node):
        slow = origin.answers["/a"] = SlowBody({"Cache-Control": "max-age=60"})
        waiting = asyncio.create_task(get(node.url + "/a"))
        await slow.asked.wait()
        stopping = asyncio.create_task(node.stop())
        while node.why_not_ready() is None:
            await asyncio.sleep(0)
        with pytest.raises(aiohttp.ClientConnectorError):
            await get(node.url + "/healthz")
        assert not stopping.done()
        slow.pieces.put_nowait(b"whole")
        slow.pieces.put_nowait(None)
        assert (await waiting)[1] == b"whole"
        await stopping


async def test_a_request_that_does_not_end_is_cut_off() -> None:
    async with origin_and_edge(linger_ms=1, drain_ms=100) as (origin, node):
        slow = origin.answers["/a"] = SlowBody({"Cache-Control": "max-age=60"})
        waiting = asyncio.create_task(get(node.url + "/a"))
        await slow.asked.wait()
        async with asyncio.timeout(5):
            await node.stop()
        with pytest.raises(aiohttp.ClientError):
            await waiting
        slow.pieces.put_nowait(None)


async def test_an_idle_connection_is_kept_for_the_linger_and_no_longer() -> None:
    async with origin_and_edge(linger_ms=100, drain_ms=60_000) as (origin, node):
        origin.says("/a", b"hello", cache_control="max-age=60")
        reader, writer = await asyncio.open_connection(*address_of(node.url))
        _, silent = await asyncio.open_connection(*address_of(node.url))
        writer.write(GET)
        await reader.readuntil(b"hello")
        async with asyncio.timeout(5):
            await node.stop()
        assert await reader.read() == b""
        writer.close()
        silent.close()


async def test_an_upload_under_way_for_longer_than_the_linger_is_read_to_its_end() -> None:
    async with origin_and_edge(linger_ms=1, drain_ms=60_000) as (origin, node):
        begun, received = asyncio.Event(), asyncio.Queue[bytes]()

        async def take(request: web.BaseRequest) -> web.StreamResponse:
            begun.set()
            received.put_nowait(await request.read())
            return web.Response(status=204)

        origin.answers["/a"] = take
        reader, writer = await asyncio.open_connection(*address_of(node.url))
        writer.write(b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf")
        await begun.wait()
        stopping = asyncio.create_task(node.stop())
        assert node._server is not None
        while node._server._doors._servers:  # until it has lingered
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        writer.write(b"half")
        assert (await reader.read()).startswith(b"HTTP/1.1 204 ")
        assert await received.get() == b"halfhalf"
        writer.close()
        await stopping


async def test_an_answer_that_lay_ready_is_not_the_last_if_it_did_not_say_so() -> None:
    async with origin_and_edge(linger_ms=60_000) as (origin, node):
        body = b"x" * 16 * 2**20
        origin.says("/a", body, cache_control="max-age=60")
        reader, writer = await asyncio.open_connection(*address_of(node.url))
        for _ in range(3):  # stored, learned, and ready
            writer.write(GET)
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(len(body))
        writer.write(GET)
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"connection: close" not in head.lower()
        stopping = asyncio.create_task(node.stop())
        while node.why_not_ready() is None:
            await asyncio.sleep(0)
        await reader.readexactly(len(body))
        writer.write(GET)
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"connection: close" in head.lower()
        assert await reader.read() == body
        writer.close()
        await stopping


async def test_an_answer_that_was_begun_before_ends_and_then_its_connection() -> None:
    async with origin_and_edge(linger_ms=1, drain_ms=60_000) as (origin, node):
        slow = origin.answers["/a"] = SlowBody({"Cache-Control": "max-age=60"}, length=8)
        reader, writer = await asyncio.open_connection(*address_of(node.url))
        writer.write(GET)
        await slow.asked.wait()
        slow.pieces.put_nowait(b"half")
        head = await reader.readuntil(b"half")
        assert b"connection: close" not in head.lower()
        stopping = asyncio.create_task(node.stop())
        while node.why_not_ready() is None:
            await asyncio.sleep(0)
        slow.pieces.put_nowait(b"half")
        slow.pieces.put_nowait(None)
        async with asyncio.timeout(5):
            assert await reader.read() == b"half"
            await stopping
        writer.close()


async def test_what_lies_in_a_write_buffer_is_waited_for() -> None:
    sent = bytearray()
    ended = asyncio.Event()

    async def more_than_the_kernel_takes(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        assert request.transport is not None
        while request.transport.get_write_buffer_size() == 0:
            await response.write(b"x" * 16_384)
            sent.extend(b"x" * 16_384)
        await response.write_eof()
        ended.set()
        return response

    server, url = await serving(more_than_the_kernel_takes)
    reader, writer = await slow_reader(url)
    writer.write(GET)
    await ended.wait()
    draining = asyncio.create_task(server.drain(1))
    await asyncio.wait([draining], timeout=0.05)
    assert not draining.done()
    got = await reader.read()
    await draining
    writer.close()
    assert got.count(b"x") == len(sent) and got.endswith(b"0\r\n\r\n")


async def test_nobody_connected_is_nobody_to_wait_for() -> None:
    async with asyncio.timeout(2), origin_and_edge(linger_ms=60_000, drain_ms=60_000):
        pass


async def test_an_address_that_is_taken_is_an_error_and_leaves_nothing_open() -> None:
    async with origin_and_edge() as (origin, node):
        _, port = address_of(node.url)
        second = EdgeNode(EdgeSettings(origin_url=origin.url, listen_port=port))
        with pytest.raises(OSError, match="address already in use"):
            await second.start()
        tasks = {task for task in asyncio.all_tasks() if "flush" in repr(task)}
        assert len(tasks) == 1  # the first node's


async def test_a_packed_upload_is_passed_on_packed() -> None:
    async with origin_and_edge() as (origin, node):
        packed, received = gzip.compress(b"a report " * 100), asyncio.Queue[bytes]()

        async def take(request: web.BaseRequest) -> web.StreamResponse:
            assert request.headers["Content-Length"] == str(len(packed))
            received.put_nowait(await request.read())
            return web.Response(status=204)

        origin.answers["/a"] = take
        headers = {"Content-Encoding": "gzip"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(node.url + "/a", data=packed) as response,
        ):
            assert response.status == 204
        assert await received.get() == b"a report " * 100  # unpacked by the origin's own server


async def test_the_kernel_takes_no_more_for_one_client_than_it_may() -> None:
    """Beside what is on its way, which a client with little room keeps small."""
    size_bytes = 4 * 2**20
    async with origin_and_edge(clients=ClientLimits(notsent_lowat_bytes=65_536)) as (origin, node):
        origin.says("/a", b"x" * size_bytes, cache_control="max-age=60")
        await get(node.url + "/a")
        _, writer = await slow_reader(node.url)
        writer.write(GET)
        server = node._server
        assert server is not None
        await until(lambda: any(isinstance(one, Inlet) and one.unsent_bytes for one in server.connections))
        (inlet,) = (one for one in server.connections if isinstance(one, Inlet) and one.unsent_bytes)
        assert inlet.unsent_bytes > size_bytes - 512 * 1024
        writer.close()
