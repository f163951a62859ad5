"""Answers with a flaw, and what comes before and behind answers, on real connections."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from caching import CacheSettings, Failure
from edge.heads import Interim
from edge.turns import reset
from edge.upload import Upload
from edge.upstream import UpstreamError
from tests.edge.raw import RawServer, exchange, split
from tests.edge.scripted import edge_before, get
from tests.edge.test_framing import BAD_BODIES, CHUNKED
from tests.edge.test_heads import RESPONSE_FLAWS
from tests.edge.test_upstream import asker
from tests.edge.tier import until

OK = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 2\r\n\r\nhi"
END = b"HTTP/1.1\r\nHost: viewer\r\nConnection: close\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nConnection: x-hop\r\nX-Hop: 1\r\n\r\n"
PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"


async def test_every_flaw_of_an_answer_is_a_bad_gateway_and_never_stored() -> None:
    async with RawServer().listening() as upstream, edge_before(upstream.url) as node:
        for head, flaw in RESPONSE_FLAWS:
            if flaw.error == "head-too-large":
                continue  # a matter of the limits, which are the default ones here
            upstream.answer = head.replace(b"\r\n", b"\r\nCache-Control: max-age=60\r\n", 1) + b"hi"
            status, body, fields = await get(node.url + "/a")
            assert (status, json.loads(body)["error"]) == (502, "upstream-invalid"), head
            assert "detail=upstream-invalid" in fields["Cache-Status"]
        await node.idle()
        assert len(node.cache.index) == 0
        metrics = (await get(node.url + "/metrics"))[1]
        assert b'headwater_edge_flaws_total{of="origin",why="length-and-coding"} 1.0' in metrics
        upstream.answer = OK
        assert (await get(node.url + "/a"))[:2] == (200, b"hi")


@pytest.mark.parametrize("data", BAD_BODIES)
async def test_an_answer_whose_chunks_have_a_flaw_breaks_off(data: bytes) -> None:
    answer = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with RawServer(answer + data.removeprefix(CHUNKED)).listening() as upstream:
        async with asker(upstream_again(upstream)) as one:
            with pytest.raises(UpstreamError) as raised:
                await one.read()
            assert raised.value.failure in (Failure.ABORTED, Failure.INVALID)
            assert one.counters.flaws == {("origin", "chunk"): 1}
        async with edge_before(upstream.url) as node:
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                got = await exchange(node.url, b"GET /a " + END)
                raise asyncio.IncompleteReadError(got, None) if b"502" in got[:20] else AssertionError(got)
            await node.idle()
            assert len(node.cache.index) == 0


def upstream_again(upstream: RawServer) -> RawServer:
    return RawServer(upstream.answer)


async def test_what_comes_beyond_an_answer_is_dropped_and_the_connection_with_it() -> None:
    async with (
        RawServer(OK + OK.replace(b"hi", b"no")).listening() as upstream,
        edge_before(upstream.url) as node,
    ):
        for path in ("/a", "/b"):
            assert (await get(node.url + path))[:2] == (200, b"hi")
        assert upstream.connections == 2
        await until(lambda: upstream.open == 0)


async def test_so_is_what_comes_when_nobody_has_asked() -> None:
    async def twice(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await writer.drain()
        await spoken.wait()
        writer.write(OK.replace(b"hi", b"no"))

    spoken = asyncio.Event()
    upstream = RawServer()
    upstream.talk = twice
    async with upstream.listening(), edge_before(upstream.url) as node:
        assert (await get(node.url + "/a"))[1] == b"hi"
        spoken.set()
        await until(lambda: upstream.open == 0)
        assert (await get(node.url + "/b"))[1] == b"hi"


async def test_interim_responses_reach_the_client_and_leave_no_trace() -> None:
    async with RawServer(PROCESSING + HINTS + OK).listening() as upstream, edge_before(upstream.url) as node:
        got = await exchange(node.url, b"GET /a " + END)
        first, second, final = got.split(b"\r\n\r\n", 2)
        assert first == b"HTTP/1.1 102 Processing"
        assert second == b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload"
        assert final.startswith(b"HTTP/1.1 200 OK\r\n") and b"Link" not in final and final.endswith(b"hi")
        stored = await exchange(node.url, b"GET /a " + END)
        assert stored.startswith(b"HTTP/1.1 200") and b"Link" not in stored and b"; hit" in stored
        assert len(upstream.heads) == 1


async def test_they_reach_it_before_the_final_one_is_there() -> None:
    async def slowly(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HINTS)
        await seen.wait()
        writer.write(OK)

    seen = asyncio.Event()
    upstream = RawServer()
    upstream.talk = slowly
    async with upstream.listening(), edge_before(upstream.url) as node:
        host, _, port = node.url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /a " + END)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 103 ")
        seen.set()
        assert (await reader.read()).endswith(b"hi")
        writer.close()


async def test_a_client_of_http_1_0_is_spared_them() -> None:
    async with RawServer(HINTS + OK).listening() as upstream, edge_before(upstream.url) as node:
        assert (await exchange(node.url, b"GET /a HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.0 200 OK")


@pytest.mark.parametrize("before", [b"HTTP/1.1 100 Continue\r\n\r\n", b""])
async def test_a_100_that_nobody_asked_for_is_kept_from_the_client(before: bytes) -> None:
    async with RawServer(before + OK).listening() as upstream, edge_before(upstream.url) as node:
        assert (await exchange(node.url, b"GET /a " + END)).startswith(b"HTTP/1.1 200 OK")


async def test_a_101_is_no_answer_to_anything() -> None:
    switching = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
    async with RawServer(switching + OK).listening() as upstream, edge_before(upstream.url) as node:
        assert (await exchange(node.url, b"GET /a " + END)).startswith(b"HTTP/1.1 502 ")


async def test_a_train_of_them_has_an_end() -> None:
    async with RawServer(HINTS * 100 + OK).listening() as upstream, edge_before(upstream.url) as node:
        got = await exchange(node.url, b"GET /a " + END)
        status, _, body = split(got[got.rindex(b"HTTP/1.1 ") :])
        assert status.startswith("HTTP/1.1 502") and json.loads(body)["error"] == "upstream-invalid"
        assert got.count(b"HTTP/1.1 103 ") == node.settings.upstream.max_interim


async def test_through_a_peer_they_come_too() -> None:
    async with (
        RawServer(HINTS + OK).listening() as upstream,
        edge_before(upstream.url, cache=CacheSettings(node_name="edge-2")) as far,
        edge_before(far.url) as near,
    ):
        assert (await exchange(near.url, b"GET /a " + END)).startswith(b"HTTP/1.1 103 Early Hints\r\nLink: ")


async def test_whoever_asks_upstream_hears_them() -> None:
    async with asker(RawServer(HINTS + OK)) as one:
        assert await one.read() == b"hi"
        assert [response.status for response in one.interim] == [103]
        assert isinstance(one.interim[0], Interim)


HEAD = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n"


async def failure_of_body(end: str, head: bytes) -> Failure | bytes:
    """What becomes of a body when its connection ends so."""

    async def talk(sent: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head + b"\r\npart")
        await writer.drain()
        await read.wait()
        if end == "reset":
            reset(writer.transport)
        else:
            writer.close()

    read, upstream = asyncio.Event(), RawServer()
    upstream.talk = talk
    async with asker(upstream) as one:
        answer = await one.ask()
        got = b""
        try:
            async for piece in answer.body():
                got += piece
                read.set()
        except UpstreamError as error:
            return error.failure
        finally:
            answer.close()
        return got


@pytest.mark.parametrize("version", [b"HTTP/1.1", b"HTTP/1.0"])
async def test_a_body_that_ends_with_the_connection_is_whole_unless_that_is_reset(version: bytes) -> None:
    head = HEAD.replace(b"HTTP/1.1", version)
    assert await failure_of_body("closed", head) == b"part"
    assert await failure_of_body("reset", head) is Failure.ABORTED


@pytest.mark.parametrize("end", ["closed", "reset"])
async def test_one_that_has_another_end_is_not(end: str) -> None:
    assert await failure_of_body(end, HEAD + b"Content-Length: 5\r\n") is Failure.ABORTED


async def test_upstream_is_read_no_faster_than_the_body_is_taken() -> None:
    size, written = 32 * 2**20, 0

    async def talk(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(HEAD + b"Content-Length: %d\r\n\r\n" % size)
        while written < size:
            writer.write(b"x" * 2**20)
            written += 2**20
            await writer.drain()

    upstream = RawServer()
    upstream.talk = talk
    async with asker(upstream) as one:
        answer = await one.ask()
        stands, looks = -1, 0
        while looks < 10:  # until nothing has moved for a while
            await asyncio.sleep(0.01)
            stands, looks = (stands, looks + 1) if stands == written else (written, 0)
        assert written < size // 2
        assert sum([len(piece) async for piece in answer.body()]) == size == written


async def test_an_upload_that_gets_its_answer_early_is_left_and_the_connection_with_it() -> None:
    async def talk(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        assert await reader.read() == b""

    async def endless() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    upstream = RawServer()
    upstream.talk = talk
    async with asker(upstream) as one:
        answer = await one.ask(method="POST", body=Upload(endless()))
        assert b"".join([piece async for piece in answer.body()]) == b"hi"
        await until(lambda: upstream.open == 0)
        assert not [task for task in asyncio.all_tasks() if "Outlet._upload" in repr(task)]
        answer.close()


async def test_an_upload_that_is_refused_before_it_left_stays_where_it_is() -> None:
    async def talk(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK.replace(b"200 OK", b"417 No"))
        sent.append(await reader.read())

    async def body() -> AsyncIterator[bytes]:
        yield b"report"

    sent: list[bytes] = []
    upstream = RawServer()
    upstream.talk = talk
    async with asker(upstream) as one:
        expecting = (("expect", "100-continue"), ("content-length", "6"))
        answer = await one.ask(*expecting, method="POST", body=Upload(body()))
        assert answer.head.status == 417
        answer.close()
        await until(lambda: sent == [b""])


async def test_an_upload_waits_while_upstream_reads_nothing() -> None:
    async def talk(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await let.wait()
        received.append(len(await reader.readexactly(size)))
        writer.write(OK)

    async def body() -> AsyncIterator[bytes]:
        nonlocal taken
        while taken < size:
            taken += 2**20
            yield b"x" * 2**20

    size, taken, received, let = 32 * 2**20, 0, list[int](), asyncio.Event()
    upstream = RawServer()
    upstream.talk = talk
    async with asker(upstream) as one:
        asking = asyncio.create_task(
            one.ask(("content-length", str(size)), method="PUT", body=Upload(body()))
        )
        stands, looks = -1, 0
        while looks < 10 or not taken:
            await asyncio.sleep(0.01)
            stands, looks = (stands, looks + 1) if stands == taken else (taken, 0)
        assert taken < size // 2
        let.set()
        (await asking).close()
        assert received == [size]
