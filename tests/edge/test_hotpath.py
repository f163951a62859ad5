"""The hot path on a real node: which answers come from it, and that what changes never does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from caching import CacheSettings, Purge, Scope
from edge import EdgeNode
from tests.edge.raw import address_of
from tests.edge.scripted import ScriptedOrigin, origin_and_edge
from tests.twin.live import Clock

HOST = b"Host: viewer\r\n"


class Wire:
    """One connection, request by request."""

    def __init__(self, node: EdgeNode) -> None:
        self.node = node

    async def __aenter__(self) -> Wire:
        self.reader, self.writer = await asyncio.open_connection(*address_of(self.node.url))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def ask(self, line: str = "GET /a HTTP/1.1", fields: str = "") -> tuple[int, str, bytes]:
        """Status, Cache-Status and body."""
        self.writer.write(f"{line}\r\n".encode() + HOST + fields.encode() + b"\r\n")
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        status, told = int(head.split(" ")[1]), dict(one.split(": ", 1) for one in head.split("\r\n")[1:-2])
        length = 0 if line.startswith("HEAD") or status == 304 else int(told["Content-Length"])
        return status, told["Cache-Status"], await self.reader.readexactly(length)

    async def is_hot(self, line: str = "GET /a HTTP/1.1", fields: str = "") -> bool:
        """Whether the third of three such requests is answered from what lies ready."""
        for _ in range(2):
            await self.ask(line, fields)
        before = self.node.counters.prepared
        await self.ask(line, fields)
        return self.node.counters.prepared == before + 1


@asynccontextmanager
async def warm(**settings: object) -> AsyncIterator[tuple[ScriptedOrigin, EdgeNode, Wire, Clock]]:
    """A node whose clock stands, and /a in its cache, fresh for a minute."""
    clock = Clock()
    async with origin_and_edge(now_ms=clock, **settings) as (origin, node):
        origin.says("/a", b"0123456789", cache_control="max-age=60", etag='"v1"')
        async with Wire(node) as wire:
            await wire.ask()
            yield origin, node, wire, clock


HOT = {
    "a plain GET": ("GET /a HTTP/1.1", ""),
    "HEAD": ("HEAD /a HTTP/1.1", ""),
    "a range": ("GET /a HTTP/1.1", "Range: bytes=2-4\r\n"),
    "what the client has": ("GET /a HTTP/1.1", 'If-None-Match: "v1"\r\n'),
    "what it has not": ("GET /a HTTP/1.1", 'If-None-Match: "v2"\r\n'),
    "CMCD": ("GET /a?CMCD=bl%3D100 HTTP/1.1", ""),
}


@pytest.mark.parametrize(("line", "fields"), HOT.values(), ids=HOT)
async def test_what_is_answered_from_what_lies_ready(line: str, fields: str) -> None:
    async with warm() as (origin, _, wire, clock):
        assert await wire.is_hot(line, fields)
        first = await wire.ask(line, fields)
        clock.now_ms += 2_500
        later = await wire.ask(line, fields)
        assert first[0] == later[0] and first[2] == later[2]
        assert first[1].replace("ttl=60", "ttl=57") == later[1]
        assert origin.requests["/a"] == 1


COLD = {
    "a POST": ("POST /a HTTP/1.1", "Content-Length: 0\r\n"),
    "HTTP/1.0": ("GET /a HTTP/1.0", "Connection: keep-alive\r\n"),
    "a full URL": ("GET http://viewer/a HTTP/1.1", ""),
    "credentials": ("GET /a HTTP/1.1", "Authorization: Basic eDp5\r\n"),
    "a demand": ("GET /a HTTP/1.1", "Cache-Control: max-age=10\r\n"),
    "several ranges": ("GET /a HTTP/1.1", "Range: bytes=0-1,4-5\r\n"),
    "a range that is not there": ("GET /a HTTP/1.1", "Range: bytes=90-\r\n"),
}


@pytest.mark.parametrize(("line", "fields"), COLD.values(), ids=COLD)
async def test_what_is_decided_each_time(line: str, fields: str) -> None:
    async with warm() as (_, _, wire, _):
        assert not await wire.is_hot(line, fields)


async def test_a_demand_that_is_not_heard_does_not_count() -> None:
    cache = CacheSettings(node_name="edge-1", honour_request_directives=False)
    async with warm(cache=cache) as (_, _, wire, _):
        assert await wire.is_hot(fields="Cache-Control: no-cache\r\n")


async def test_it_can_be_switched_off() -> None:
    async with warm(hot_path=False) as (_, node, wire, _):
        assert not await wire.is_hot() and node.counters.prepared == 0


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("scope", list(Scope))
async def test_nothing_purged_is_answered(scope: Scope, soft: bool) -> None:
    async with warm() as (origin, node, wire, clock):
        origin.says("/a", b"0123456789", cache_control="max-age=60", cache_tag="t")
        clock.now_ms += 61_000
        assert await wire.is_hot()
        values = {Scope.URL: origin.url + "/a", Scope.PREFIX: "/", Scope.TAG: "t", Scope.ALL: ""}
        node.cache.apply_purge(Purge(scope, values[scope], soft), 1, clock.now_ms)
        _, status, _ = await wire.ask()
        assert "fwd=" in status and origin.requests["/a"] == 3


async def test_what_has_become_stale_is_not_answered_to_the_millisecond() -> None:
    async with warm() as (origin, _, wire, clock):
        assert await wire.is_hot()
        clock.now_ms += 59_000
        assert "; hit;" in (await wire.ask())[1]
        while "; hit;" in (await wire.ask())[1]:
            clock.now_ms += 1
        assert clock.now_ms == 60_000 + Clock().now_ms and origin.requests["/a"] == 2


async def test_a_fenced_node_asks() -> None:
    async with warm() as (origin, node, wire, clock):
        assert await wire.is_hot()
        node.cache.lease_until_ms = clock.now_ms
        assert "detail=fenced" in (await wire.ask())[1] and origin.requests["/a"] == 2


async def test_what_was_replaced_or_removed_is_not_answered() -> None:
    async with warm() as (origin, _, wire, _):
        assert await wire.is_hot()
        origin.says("/a", b"new", cache_control="max-age=60")
        status, _, _ = await wire.ask(fields="Cache-Control: no-cache\r\n")
        assert status == 200 and (await wire.ask())[2] == b"new"
        assert (await wire.ask())[2] == b"new"


async def test_each_variant_has_its_own_answer() -> None:
    async with warm() as (origin, _, wire, _):
        origin.says("/v", b"any", cache_control="max-age=60", vary="accept-language")
        line = "GET /v HTTP/1.1"
        assert await wire.is_hot(line, "Accept-Language: de\r\n")
        assert await wire.is_hot(line, "Accept-Language: de\r\nUser-Agent: other\r\n")
        assert "fwd=vary-miss" in (await wire.ask(line, "Accept-Language: fr\r\n"))[1]
        # With two variants stored the rules choose, each time.
        assert not await wire.is_hot(line, "Accept-Language: de\r\n")


async def test_a_hit_counts_for_the_policy() -> None:
    cache = CacheSettings(node_name="edge-1", capacity_bytes=250, entry_overhead_bytes=100)
    async with warm(cache=cache) as (origin, _, wire, _):
        for path in ("/b", "/c"):
            origin.says(path, b"0123456789", cache_control="max-age=60")
        await wire.ask("GET /b HTTP/1.1")
        assert await wire.is_hot()
        await wire.ask("GET /c HTTP/1.1")  # /b was used less recently than /a
        assert "; hit;" in (await wire.ask())[1]
        assert origin.requests["/a"] == 1


async def test_a_first_line_that_is_none_is_refused_though_its_key_would_be_known() -> None:
    async with warm() as (_, node, wire, _):
        assert await wire.is_hot("GET /a?CMCD=x HTTP/1.1")
        before = node.counters.prepared
        for line in (
            "GET /a?CMCD=x y HTTP/1.1",
            "GET /a?CMCD=x#y HTTP/1.1",
            "GET /a?CMCD=\x7f HTTP/1.1",
            "GET /a",
        ):
            async with Wire(node) as other:
                status, _, body = await other.ask(line)
                assert status == 400 and b"error" in body
        assert node.counters.prepared == before
