"""A node in front of a real origin: what its clients see."""

import asyncio

import aiohttp
import pytest

from caching import CacheSettings, Purge, Scope
from edge import EdgeNode, EdgeSettings, UpstreamSettings
from tests.edge.raw import address_of
from tests.edge.scripted import ScriptedOrigin, SlowBody, get, origin_and_edge

FRESH = {"Cache-Control": "max-age=60"}


async def test_a_miss_and_then_a_hit() -> None:
    async with origin_and_edge() as (origin, node):
        origin.says("/a", b"hello", cache_control="max-age=60", etag='"1"', content_type="text/plain")
        first, second = await get(node.url + "/a?x=1&CMCD=bl%3D1"), await get(node.url + "/a?x=1")
        assert first[:2] == second[:2] == (200, b"hello")
        assert "edge-1; fwd=uri-miss; fwd-status=200" in first[2]["Cache-Status"]
        assert "stored" in first[2]["Cache-Status"]
        assert second[2]["Cache-Status"].startswith("edge-1; hit; ttl=")
        assert second[2]["Age"] == "0" and second[2]["Content-Type"] == "text/plain"
        assert origin.seen[0].raw_path == "/a?x=1&CMCD=bl%3D1"  # forwarded byte for byte
        assert origin.requests["/a"] == 1


async def test_five_hundred_requests_for_one_missing_object_reach_the_origin_once() -> None:
    async with origin_and_edge(upstream=UpstreamSettings()) as (origin, node):
        slow = SlowBody(FRESH, length=2_000_000)
        origin.answers["/segment"] = slow
        first_bytes = 0
        everyone_has_begun = asyncio.Event()

        async def viewer(session: aiohttp.ClientSession) -> bytes:
            nonlocal first_bytes
            async with session.get(node.url + "/segment") as response:
                begun = await response.content.readexactly(1)
                first_bytes += 1
                if first_bytes == 500:
                    everyone_has_begun.set()
                return begun + await response.read()

        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            viewers = [asyncio.create_task(viewer(session)) for _ in range(500)]
            await slow.asked.wait()
            slow.pieces.put_nowait(b"x" * 1_000)
            # Every client has its first byte while the fill is still under way: the rest comes only now.
            await everyone_has_begun.wait()
            slow.pieces.put_nowait(b"y" * 1_999_000)
            slow.pieces.put_nowait(None)
            bodies = set(await asyncio.gather(*viewers))
        assert bodies == {b"x" * 1_000 + b"y" * 1_999_000}
        assert origin.requests["/segment"] == 1


@pytest.mark.parametrize("dies", ["before-the-head", "in-the-body"])
async def test_a_leaders_client_that_dies_harms_no_follower(dies: str) -> None:
    async with origin_and_edge() as (origin, node):
        slow, gate = SlowBody(FRESH), asyncio.Event()

        arrived = asyncio.Event()

        async def answer(request: object) -> object:
            arrived.set()
            await gate.wait()
            return await slow(request)  # type: ignore[arg-type]

        origin.answers["/segment"] = answer  # type: ignore[assignment]
        reader, writer = await asyncio.open_connection(*address_of(node.url))
        writer.write(b"GET /segment HTTP/1.1\r\nHost: x\r\n\r\n")
        await arrived.wait()
        follower = asyncio.create_task(get(node.url + "/segment"))
        if dies == "in-the-body":
            gate.set()
            slow.pieces.put_nowait(b"one")
            await reader.readuntil(b"one")
        writer.transport.abort()
        gate.set()
        for piece in (b"two", b"three", None):
            slow.pieces.put_nowait(piece)
        status, body, _ = await follower
        assert status == 200 and body.endswith(b"twothree")
        await node.idle()
        assert origin.requests["/segment"] == 1 and len(node.cache.index) == 1


async def test_an_origin_that_breaks_off_is_seen_by_every_reader_and_stored_by_none() -> None:
    async with origin_and_edge() as (origin, node):
        slow = SlowBody(FRESH)  # of unknown length: a clean end would make a short body look whole
        origin.answers["/segment"] = slow

        async def read() -> bytes:
            async with aiohttp.ClientSession() as session, session.get(node.url + "/segment") as response:
                return await response.read()

        readers = [asyncio.create_task(read()) for _ in range(3)]
        await slow.asked.wait()
        slow.pieces.put_nowait(b"half")
        slow.pieces.put_nowait(b"break")
        results = await asyncio.gather(*readers, return_exceptions=True)
        assert all(isinstance(result, aiohttp.ClientError) for result in results), results
        await node.idle()
        assert len(node.cache.index) == 0 and len(node.cache.flights) == 0


async def test_a_purge_during_a_fill_delivers_and_does_not_store() -> None:
    async with origin_and_edge() as (origin, node):
        slow = SlowBody(FRESH)
        origin.answers["/playlist"] = slow
        waiting = asyncio.create_task(get(node.url + "/playlist"))
        await slow.asked.wait()
        slow.pieces.put_nowait(b"old")
        node.cache.apply_purge(Purge(Scope.URL, "/playlist"), 1, 0)
        origin.says("/playlist", b"new", cache_control="max-age=60")
        assert (await get(node.url + "/playlist"))[1] == b"new"
        slow.pieces.put_nowait(None)
        assert (await waiting)[1] == b"old"
        await node.idle()
        assert (await get(node.url + "/playlist"))[1] == b"new"
        assert origin.requests["/playlist"] == 2


async def test_an_origin_that_is_down_and_comes_back() -> None:
    clock = [1_000_000]
    async with origin_and_edge(now_ms=lambda: clock[0]) as (origin, node):
        origin.says("/a", b"kept", cache_control="max-age=1, stale-if-error=60")
        await get(node.url + "/a")
        await origin.stop()
        clock[0] += 10_000
        status, body, headers = await get(node.url + "/a")
        assert (status, body) == (200, b"kept")
        assert "stale-if-error" in headers["Cache-Status"] and headers["Age"] == "10"
        status, body, headers = await get(node.url + "/b")
        assert status == 502 and b"upstream-unreachable" in body
        clock[0] += 60_000
        assert (await get(node.url + "/a"))[0] == 502
        await origin.start()
        assert (await get(node.url + "/a"))[:2] == (200, b"kept")


async def test_an_origin_that_does_not_answer_is_a_timeout() -> None:
    async with origin_and_edge(upstream=UpstreamSettings(head_timeout_ms=100)) as (origin, node):

        async def never(request: object) -> object:
            await asyncio.Event().wait()
            raise AssertionError

        origin.answers["/a"] = never  # type: ignore[assignment]
        status, body, _ = await get(node.url + "/a")
        assert status == 504 and b"upstream-timeout" in body


async def test_ranges_heads_and_conditions_are_answered_from_the_store() -> None:
    async with origin_and_edge() as (origin, node):
        origin.says("/a", b"0123456789", cache_control="max-age=60", etag='"1"')
        assert (await get(node.url + "/a", Range="bytes=2-4"))[:2] == (206, b"234")  # a miss
        status, body, headers = await get(node.url + "/a", Range="bytes=-3")
        assert (status, body, headers["Content-Range"]) == (206, b"789", "bytes 7-9/10")
        assert (await get(node.url + "/a", Range="bytes=10-"))[0] == 416
        assert (await get(node.url + "/a", If_None_Match='"1"'))[:2] == (304, b"")
        async with aiohttp.ClientSession() as session, session.head(node.url + "/a") as response:
            assert response.headers["Content-Length"] == "10"
        assert origin.requests["/a"] == 1


async def test_a_body_is_passed_on_and_an_unsafe_method_invalidates() -> None:
    async with origin_and_edge() as (origin, node):
        origin.says("/a", b"one", cache_control="max-age=60")
        await get(node.url + "/a")
        received: list[bytes] = []

        async def take(request: object) -> object:
            received.append(await request.read())  # type: ignore[attr-defined]
            return aiohttp.web.Response(status=204)

        origin.answers["/a"] = take  # type: ignore[assignment]
        async with (
            aiohttp.ClientSession() as session,
            session.post(node.url + "/a", data=b"upload", expect100=True) as response,
        ):
            assert response.status == 204
        assert received == [b"upload"] and len(node.cache.index) == 0


async def test_what_a_node_says_of_itself() -> None:
    async with origin_and_edge() as (origin, node):
        origin.says("/a", b"x" * 100, cache_control="max-age=60")
        await get(node.url + "/a")
        await get(node.url + "/a")
        assert (await get(node.url + "/healthz"))[0] == 200
        assert (await get(node.url + "/readyz"))[0] == 200
        text = (await get(node.url + "/metrics"))[1].decode()
        for line in (
            'headwater_edge_requests_total{outcome="hit",reason="fresh",who="client"} 1.0',
            'headwater_edge_requests_total{outcome="miss",reason="uri-miss",who="client"} 1.0',
            'headwater_edge_sent_bytes_total{who="client"} 200.0',
            'headwater_edge_upstream_bytes_total{to="origin"} 100.0',
            "headwater_edge_cached_objects 1.0",
        ):
            assert line in text, text


async def test_draining_lets_a_request_end(tmp_path: object) -> None:
    async with origin_and_edge() as (origin, node):
        slow = SlowBody(FRESH)
        origin.answers["/a"] = slow
        waiting = asyncio.create_task(get(node.url + "/a"))
        await slow.asked.wait()
        slow.pieces.put_nowait(b"part")
        stopping = asyncio.create_task(node.stop())
        await asyncio.sleep(0)
        assert node.why_not_ready() == "draining"
        slow.pieces.put_nowait(None)
        assert (await waiting)[1] == b"part"
        await stopping


async def test_two_nodes_with_one_owner_and_a_loop() -> None:
    origin = ScriptedOrigin()
    await origin.start()
    nodes = [
        EdgeNode(EdgeSettings(origin_url=origin.url, token="t", cache=CacheSettings(node_name=f"edge-{n}")))
        for n in (1, 2)
    ]
    for node in nodes:
        await node.start()
    try:
        members = [(node.settings.name, node.url, 1) for node in nodes]
        for node in nodes:
            node.membership.update(members)
        paths = [f"/{n}" for n in range(40)]
        for path in paths:
            origin.says(path, path.encode(), cache_control="max-age=60")
        for node in nodes:
            for path in paths:
                assert (await get(node.url + path))[1] == path.encode()
        assert all(origin.requests[path] == 1 for path in paths)
        _, _, headers = await get(nodes[0].url + "/0")
        assert "edge-1; hit" in headers["Cache-Status"]
        looped = await get(nodes[0].url + "/new", CDN_Loop="edge-2, edge-1")
        assert looped[0] == 508 and b"loop" in looped[1]
        # A peer that dies: the other asks the origin itself.
        await nodes[1].stop()
        for path in (f"/more-{n}" for n in range(10)):
            origin.says(path, b"ok", cache_control="max-age=60")
            assert (await get(nodes[0].url + path))[:2] == (200, b"ok")
    finally:
        for node in nodes:
            await node.stop()
        await origin.stop()


async def test_two_heads_are_a_miss_and_a_hit() -> None:
    """What an operator does first: curl -I, twice."""
    async with origin_and_edge() as (origin, node):
        origin.says("/a", b"0123456789", cache_control="max-age=60", etag='"1"')
        said = []
        async with aiohttp.ClientSession() as session:
            for _ in range(2):
                async with session.head(node.url + "/a") as response:
                    assert response.headers["Content-Length"] == "10"
                    said.append(response.headers["Cache-Status"])
                await node.idle()
        assert "; fwd=uri-miss" in said[0] and "; hit" in said[1]
        assert [request.method for request in origin.seen] == ["GET"]
