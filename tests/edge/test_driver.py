"""What a driver holds on to while it waits, and what it leaves behind."""

import asyncio
import gc
import json
import logging
from pathlib import Path

import pytest
from aiohttp import web

from caching import CacheSettings, Purge, Scope
from edge import EdgeNode
from edge.bodies import Body
from edge.clock import wall_clock_ms
from tests.edge.raw import RawServer, address_of, exchange
from tests.edge.scripted import Answer, ScriptedOrigin, SlowBody, edge_before, get, origin_and_edge
from tests.edge.tier import nodes_before, owned_by, paths, until

PURGE = Purge(Scope.URL, "/a")


def answering(body: bytes, fields: dict[str, str], gate: asyncio.Event | None = None) -> Answer:
    """An answer with a validator, held back until a gate is open."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if gate is not None:
            await gate.wait()
        if request.headers.get("If-None-Match") == fields["ETag"]:
            return web.Response(status=304, headers=fields)
        return web.Response(body=body, headers=fields)

    return answer


class Gate:
    """Holds every request for a path at the origin until it is opened."""

    def __init__(self, origin: ScriptedOrigin, path: str) -> None:
        self.arrived, self._opened = asyncio.Event(), asyncio.Event()
        self._answer = origin.answers[path]
        origin.answers[path] = self

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.arrived.set()
        await self._opened.wait()
        return await self._answer(request)

    def open(self) -> None:
        self._opened.set()


async def taken_in(node: EdgeNode) -> None:
    """Return when the node has begun with all requests that were made before.

    Clients and node share one loop, which serves them in turn: who came later is answered later.
    """
    for _ in range(3):
        await get(node.url + "/healthz")


def living_bodies() -> int:
    """Bodies that somebody still holds, in the whole process."""
    gc.collect()
    return sum(isinstance(thing, Body) for thing in gc.get_objects())


@pytest.mark.parametrize("leaves_by", ["purge", "soft purge", "eviction"])
async def test_what_leaves_the_cache_during_its_validation_is_served_all_the_same(leaves_by: str) -> None:
    small = CacheSettings(node_name="edge-1", capacity_bytes=3_000, entry_overhead_bytes=0)
    async with origin_and_edge(cache=small) as (origin, node):
        origin.says("/a", b"a" * 2_000, cache_control="no-cache", etag='"1"')
        origin.says("/b", b"b" * 2_000, cache_control="max-age=60")
        await get(node.url + "/a")
        gate = Gate(origin, "/a")
        asking = [asyncio.create_task(get(node.url + "/a")) for _ in range(3)]
        await gate.arrived.wait()
        await taken_in(node)
        if leaves_by == "eviction":
            await get(node.url + "/b")
            # One who comes after it, too, waits for the validation of what is there no more.
            asking.append(asyncio.create_task(get(node.url + "/a")))
            await taken_in(node)
        else:
            node.cache.apply_purge(PURGE._replace(soft=leaves_by == "soft purge"), 1, 0)
        gate.open()
        assert {answer[:2] for answer in await asyncio.gather(*asking)} == {(200, b"a" * 2_000)}
        await node.idle()
        kept = node.cache.index.variants(f"{origin.url}/a")
        assert len(kept) == (1 if leaves_by == "soft purge" else 0)
        assert living_bodies() == len(node.cache.index)


async def test_followers_of_a_validation_are_told_in_time_to_hold_the_body() -> None:
    async with origin_and_edge() as (origin, node):
        origin.says("/a", b"old" * 1_000, cache_control="no-cache", etag='"1"')
        await get(node.url + "/a")
        gate = Gate(origin, "/a")
        asking = [asyncio.create_task(get(node.url + "/a")) for _ in range(20)]
        await gate.arrived.wait()
        await taken_in(node)
        node.cache.apply_purge(PURGE, 1, 0)
        origin.says("/a", b"new", cache_control="max-age=60")
        # Who comes after the purge asks anew; who came before is answered by what they waited for.
        assert (await get(node.url + "/a"))[1] == b"new"
        gate.open()
        assert {answer[1] for answer in await asyncio.gather(*asking)} == {b"old" * 1_000}
        assert (await get(node.url + "/a"))[1] == b"new"


async def test_what_the_cache_does_not_admit_still_reaches_who_waited_for_it() -> None:
    tiny = CacheSettings(node_name="edge-1", capacity_bytes=1_000, entry_overhead_bytes=0)
    async with origin_and_edge(cache=tiny) as (origin, node):
        origin.says("/a", b"a" * 5_000, cache_control="max-age=60")
        gate = Gate(origin, "/a")
        asking = [asyncio.create_task(get(node.url + "/a")) for _ in range(20)]
        await gate.arrived.wait()
        gate.open()
        assert {answer[1] for answer in await asyncio.gather(*asking)} == {b"a" * 5_000}
        await node.idle()
        assert len(node.cache.index) == 0 and living_bodies() == 0


async def test_a_body_is_filled_whole_though_its_leader_wanted_none_of_it() -> None:
    async with origin_and_edge() as (origin, node):
        slow = origin.answers["/a"] = SlowBody({"Cache-Control": "max-age=60", "ETag": '"1"'})
        leading = asyncio.create_task(get(node.url + "/a", If_None_Match='"1"'))
        await slow.asked.wait()
        for piece in (b"all", b"of it", None):
            slow.pieces.put_nowait(piece)
        assert (await leading)[:2] == (304, b"")
        assert (await get(node.url + "/a"))[:2] == (200, b"allof it")
        assert origin.requests["/a"] == 1


@pytest.mark.filterwarnings("error::ResourceWarning")
async def test_an_answer_that_is_not_used_gives_its_connection_back() -> None:
    large = b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 9_000_000
    async with RawServer(large).listening() as behind, origin_and_edge() as (origin, node):
        node.membership.update([("edge-2", behind.url, 1)])
        path = next(path for path in paths() if node.membership.peer_for(origin.url + path, 0) is not None)
        origin.says(path, b"new", cache_control="max-age=60")
        node.cache.apply_purge(Purge(Scope.ALL), 1, wall_clock_ms())
        assert (await get(node.url + path))[1] == b"new"  # for the peer had not applied the purge
        assert len(behind.heads) == 1
        await until(lambda: behind.open == 0)
        gc.collect()


async def test_a_refresh_in_the_background_renews_what_was_served_stale(tmp_path: Path) -> None:
    clock, log = [1_000_000], tmp_path / "access.log"
    async with origin_and_edge(now_ms=lambda: clock[0], access_log=log) as (origin, node):
        control = "max-age=1, stale-while-revalidate=60"
        origin.says("/a", b"old", cache_control=control)
        await get(node.url + "/a")
        clock[0] += 5_000
        origin.says("/a", b"new", cache_control=control)
        assert (await get(node.url + "/a"))[1] == b"old"
        await node.idle()
        assert (await get(node.url + "/a"))[1] == b"new"
        assert origin.requests["/a"] == 2
        await node.idle()
        assert living_bodies() == 1
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert sorted(line["who"] for line in lines) == ["client", "client", "client", "refresh"]


@pytest.mark.parametrize("trouble", ["refused", "broken body", "not for sharing"])
async def test_a_refresh_that_fails_disturbs_nobody(trouble: str, caplog: pytest.LogCaptureFixture) -> None:
    clock = [1_000_000]
    async with origin_and_edge(now_ms=lambda: clock[0]) as (origin, node):
        origin.says("/a", b"old", cache_control="max-age=1, stale-while-revalidate=60")
        await get(node.url + "/a")
        clock[0] += 5_000
        if trouble == "refused":
            await origin.stop()
        elif trouble == "broken body":
            slow = origin.answers["/a"] = SlowBody({"Cache-Control": "max-age=60"})
            slow.pieces.put_nowait(b"break")
        else:
            origin.says("/a", b"mine", cache_control="private")
        status, body, _ = await get(node.url + "/a")
        assert (status, body) == (200, b"old")
        await node.idle()
        assert len(node.cache.flights) == 0 and living_bodies() == len(node.cache.index)
    assert not caplog.records


async def test_a_fill_that_is_cut_off_ends_without_noise(caplog: pytest.LogCaptureFixture) -> None:
    async with origin_and_edge(linger_ms=1, drain_ms=50) as (origin, node):
        slow = origin.answers["/a"] = SlowBody({"Cache-Control": "max-age=60"})
        reader, writer = await asyncio.open_connection(*address_of(node.url))
        writer.write(b"GET /a HTTP/1.1\r\nHost: viewer\r\n\r\n")
        await slow.asked.wait()
        slow.pieces.put_nowait(b"half")
        await reader.readuntil(b"half")
        with caplog.at_level(logging.INFO):
            await node.stop()
            gc.collect()
        slow.pieces.put_nowait(None)
        writer.close()
        assert len(node.cache.flights) == 0
        await until(lambda: living_bodies() == 0)
    assert not caplog.records


@pytest.mark.parametrize("scope", [Scope.URL, Scope.TAG])
@pytest.mark.parametrize("knew_it_before", [False, True])
async def test_a_peer_does_not_pass_on_as_fresh_what_was_purged_softly(
    scope: Scope, knew_it_before: bool
) -> None:
    origin = ScriptedOrigin()
    await origin.start()
    async with nodes_before(origin, 2) as (owner, other):
        path = owned_by(owner, origin)
        fields = {"Cache-Control": "max-age=60, stale-while-revalidate=60", "Cache-Tag": "asset:a"}
        origin.answers[path] = answering(b"old", {**fields, "ETag": '"1"'})
        await get(owner.url + path)
        if knew_it_before:
            await get(other.url + path)
        purge = Purge(scope, "asset:a" if scope is Scope.TAG else path, soft=True)
        for node in (owner, other):
            node.cache.apply_purge(purge, 1, wall_clock_ms())
        gate = asyncio.Event()
        origin.answers[path] = answering(b"new", {**fields, "ETag": '"2"'}, gate)
        # The owner may answer stale, and refreshes behind; its peer must not take that for fresh.
        first = asyncio.create_task(get(other.url + path))
        await taken_in(other)
        gate.set()
        await first
        await other.idle()
        assert (await get(other.url + path))[1] == b"new"
    await origin.stop()


async def test_nor_does_it_when_it_stands_in_for_an_origin_that_is_down() -> None:
    origin = ScriptedOrigin()
    await origin.start()
    async with nodes_before(origin, 2) as (owner, other):
        path = owned_by(owner, origin)
        origin.says(path, b"old", cache_control="max-age=60, stale-if-error=60")
        await get(owner.url + path)
        for node in (owner, other):
            node.cache.apply_purge(Purge(Scope.URL, path, soft=True), 1, wall_clock_ms())
        await origin.stop()
        assert (await get(owner.url + path))[:2] == (200, b"old")
        assert (await get(other.url + path))[0] == 502  # it could not tell for how long that is stale
        origin.says(path, b"new", cache_control="max-age=60")
        await origin.start()
        assert (await get(other.url + path))[:2] == (200, b"new")
    await origin.stop()


IN_TWO = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n{}\r\n5\r\nhello\r\n"
REST = b"3\r\nyou\r\n0\r\n\r\n"
WRONG = "Repr-Digest: sha-256=:" + "A" * 43 + "=:\r\n"


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(("field", "limit_bytes", "stored"), [("", 8, 1), ("", 7, 0), (WRONG, 8, 0)])
async def test_a_body_that_comes_whole_with_its_head_is_treated_as_one_that_does_not(
    at_once: bool, field: str, limit_bytes: int, stored: int
) -> None:
    async def talk(head: bytes, reader: object, writer: asyncio.StreamWriter) -> None:
        first = IN_TWO.format(field).encode()
        writer.write(first + REST if at_once else first)
        if not at_once:
            await going_on.wait()
            writer.write(REST)

    going_on, upstream = asyncio.Event(), RawServer()
    upstream.talk = talk
    cache = CacheSettings(node_name="edge-1", max_object_bytes=limit_bytes)
    async with upstream.listening(), edge_before(upstream.url, cache=cache) as node:
        asking = asyncio.create_task(exchange(node.url, b"GET /a HTTP/1.0\r\n\r\n"))
        await until(lambda: node.counters.upstream_bytes["origin"] >= 5)
        going_on.set()
        if field:
            with pytest.raises(ConnectionResetError):
                await asking
        else:
            assert (await asking).endswith(b"\r\n\r\nhelloyou")
        await node.idle()
        assert len(node.cache.index) == stored and node.counters.upstream_bytes == {"origin": 8}
        assert living_bodies() == stored and upstream.connections == 1
