"""Ranges through real sockets: the very bytes, who is asked for them, and how a client sees them end."""

import asyncio
from email.parser import BytesParser
from random import Random

import aiohttp
import pytest
from aiohttp import web

from caching import CacheSettings
from tests.edge.scripted import Answer, ScriptedOrigin, get, origin_and_edge
from tests.edge.tier import nodes_before, until

SLICES = CacheSettings(node_name="edge-1", slice_bytes=1_000)


def ranged(content: bytes, etag: str = '"1"') -> Answer:
    """An origin that honours a single range and If-Match."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        fields = {"ETag": etag, "Cache-Control": "max-age=60", "Content-Type": "video/mp4"}
        if request.headers.get("If-Match", etag) != etag:
            return web.Response(status=412)
        if "Range" not in request.headers:
            return web.Response(body=content, headers=fields)
        wanted = request.http_range
        start, stop, _ = slice(wanted.start, wanted.stop).indices(len(content))
        fields["Content-Range"] = f"bytes {start}-{stop - 1}/{len(content)}"
        return web.Response(status=206, body=content[start:stop], headers=fields)

    return answer


def drawn(rng: Random, size_bytes: int) -> str:
    first, second = sorted(rng.sample(range(size_bytes), 2))
    return rng.choice([f"{first}-{second}", f"{first}-", f"-{size_bytes - first}", f"{first}-{first}"])


async def test_every_byte_is_the_one_that_was_asked_for() -> None:
    rng, content = Random(7), Random(1).randbytes(10_500)
    async with origin_and_edge(cache=SLICES) as (origin, node):
        origin.answers["/a"] = ranged(content)
        for _ in range(60):
            wanted = drawn(rng, len(content))
            status, body, fields = await get(node.url + "/a", range=f"bytes={wanted}")
            first, _, rest = fields["Content-Range"].removeprefix("bytes ").partition("-")
            last = rest.partition("/")[0]
            assert status == 206 and body == content[int(first) : int(last) + 1], wanted
        assert (await get(node.url + "/a"))[1] == content
    assert max(origin.requests.values()) <= 11 + 2


async def test_several_ranges_come_in_parts() -> None:
    content = Random(1).randbytes(10_500)
    async with origin_and_edge(cache=SLICES) as (origin, node):
        origin.answers["/a"] = ranged(content)
        wanted = "bytes=9000-10400,100-2600,-50"
        status, body, fields = await get(node.url + "/a", range=wanted)
        assert status == 206 and len(body) == int(fields["Content-Length"])
        message = b"content-type: " + fields["Content-Type"].encode() + b"\r\n\r\n" + body
        parts = BytesParser().parsebytes(message).get_payload()
        told = [part["content-range"] for part in parts]
        assert told == ["bytes 9000-10499/10500", "bytes 100-2600/10500"]
        assert content[9000:] in body and content[100:2601] in body


async def test_a_client_that_leaves_is_fetched_no_more_for() -> None:
    content = bytes(50_000_000)
    settings = CacheSettings(node_name="edge-1", slice_bytes=1_000_000)
    async with origin_and_edge(cache=settings) as (origin, node):
        origin.answers["/a"] = ranged(content)
        async with aiohttp.ClientSession() as session:
            response = await session.get(node.url + "/a", headers={"Range": "bytes=0-"})
            await response.content.readexactly(10)
            response.close()
        await node.idle()
    assert origin.requests["/a"] < 25


async def test_a_change_in_the_middle_resets_the_connection() -> None:
    async with origin_and_edge(cache=SLICES) as (origin, node):
        origin.answers["/a"] = ranged(bytes(5_000))
        await get(node.url + "/a", range="bytes=0-999")
        origin.answers["/a"] = ranged(bytes(5_000), '"2"')
        with pytest.raises(aiohttp.ClientError):
            await get(node.url + "/a", range="bytes=0-1999")
        status, _, fields = await get(node.url + "/a", range="bytes=0-1999")
        assert status == 206 and fields["ETag"] == '"2"'


async def test_clients_of_one_block_wait_for_one_request() -> None:
    async with origin_and_edge(cache=SLICES) as (origin, node):
        origin.answers["/a"] = ranged(bytes(5_000))
        wanted = [f"bytes={number}-{number + 9}" for number in range(20)]
        got = await asyncio.gather(*(get(node.url + "/a", range=value) for value in wanted))
        assert [status for status, _, _ in got] == [206] * 20
    assert origin.requests["/a"] == 1


async def test_blocks_of_one_object_spread_over_a_tier() -> None:
    content, origin = Random(1).randbytes(2_500_000), ScriptedOrigin()
    await origin.start()
    try:
        async with nodes_before(origin, 3, slice_bytes=100_000) as nodes:
            origin.answers["/a"] = ranged(content)
            for node in nodes:
                assert (await get(node.url + "/a", range="bytes=10-2499999"))[1] == content[10:]
            await until(lambda: all(len(node.cache.index) > 1 for node in nodes))
        asked = [request.headers["Range"] for request in origin.seen]
    finally:
        await origin.stop()
    assert len(asked) == len(set(asked)) == 25
