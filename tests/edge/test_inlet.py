"""Requests with a flaw on real connections: refused by name, counted, and never heard of upstream."""

import asyncio
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from edge import EdgeNode
from edge.flaws import Flaw
from edge.settings import ClientLimits, HeadLimits
from tests.edge.raw import RawServer, address_of, exchange, split
from tests.edge.scripted import edge_before, get
from tests.edge.test_framing import BAD_BODIES, CHUNKED
from tests.edge.test_heads import LIMITS, REQUEST_FLAWS
from tests.edge.tier import until

OK = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 2\r\n\r\nhi"
GET = b"GET /a HTTP/1.1\r\nHost: viewer\r\n\r\n"


async def refusal_of(node: EdgeNode, sent: bytes) -> tuple[str, str]:
    """Status and error of the last answer on a connection that the node then closes."""
    got = await exchange(node.url, sent)
    *_, last = re.finditer(rb"HTTP/1\.[01] \d\d\d ", got)
    status, fields, body = split(got[last.start() :])
    told = json.loads(body)
    assert dict(fields)["cache-status"] == f"edge-1; detail={told['error']}"
    assert dict(fields).get("connection", "close") == "close"
    return status.split(" ")[1], told["error"]


async def test_every_flaw_of_a_head_is_refused_by_name_and_nothing_behind_it_is_heard(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    async with (
        RawServer(OK).listening() as upstream,
        edge_before(upstream.url, heads=LIMITS, access_log=log) as node,
    ):
        for head, flaw in REQUEST_FLAWS:
            assert await refusal_of(node, head + GET) == (str(flaw.status), flaw.error), head
        assert not upstream.heads
        metrics = (await get(node.url + "/metrics"))[1].decode()
    wanted = Counter(flaw for _, flaw in REQUEST_FLAWS)
    for flaw, number in wanted.items():
        assert f'headwater_edge_flaws_total{{of="client",why="{flaw.error}"}} {number}.0' in metrics
        asked = f'requests_total{{outcome="refused",reason="{flaw.error}",who="client"}} {number}.0'
        assert asked in metrics
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert Counter(line["reason"] for line in lines if line["outcome"] == "refused") == {
        flaw.error: number for flaw, number in wanted.items()
    }
    assert all(line["client"] == "127.0.0.1" and line["status"] >= 400 for line in lines)


async def test_a_flaw_is_answered_in_its_turn() -> None:
    async with RawServer(OK).listening() as upstream, edge_before(upstream.url) as node:
        got = await exchange(node.url, GET * 3 + b"GET /a\nHost: viewer\n\n" + GET)
        assert got.count(b"HTTP/1.1 200 OK") == 3 and got.count(b"HTTP/1.") == 4
        assert got.endswith(b"}") and b'"error":"line-end"' in got


@pytest.mark.parametrize("data", BAD_BODIES)
async def test_an_upload_with_a_flaw_never_looks_whole(data: bytes) -> None:
    heard: list[bytes] = []

    async def take(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read())

    upstream = RawServer()
    upstream.talk = take
    async with upstream.listening(), edge_before(upstream.url) as node:
        assert await refusal_of(node, data + GET) == ("400", "upload-broken")
        await until(lambda: upstream.open == 0)
        assert b"0\r\n\r\n" not in b"".join(heard)
        metrics = (await get(node.url + "/metrics"))[1]
        assert b'headwater_edge_flaws_total{of="client",why="chunk"} 1.0' in metrics
        assert b"upstream_failures_total{" not in metrics  # it was not upstream that failed


async def test_a_flaw_in_a_body_that_nobody_reads_ends_the_connection() -> None:
    async with RawServer(OK).listening() as upstream, edge_before(upstream.url) as node:
        fat = CHUNKED.replace(b"PUT", b"GET") + b"0x5\r\nhello\r\n0\r\n\r\n"
        assert (await exchange(node.url, fat + GET)).count(b"HTTP/1.1 200") <= 1
        await node.idle()
        assert len(upstream.heads) <= 1


async def test_a_method_that_the_parser_does_not_know_is_not_implemented() -> None:
    async with RawServer(OK).listening() as upstream, edge_before(upstream.url) as node:
        for method in (b"FOO", b"get", b"GETS"):
            assert await refusal_of(node, GET.replace(b"GET", method)) == ("501", "method")
        assert not upstream.heads


async def test_a_body_that_is_too_large_is_refused_before_upstream_hears_of_it() -> None:
    limits = ClientLimits(max_request_body_bytes=10)
    async with RawServer(OK).listening() as upstream, edge_before(upstream.url, clients=limits) as node:
        sized = b"PUT /a HTTP/1.1\r\nHost: viewer\r\nContent-Length: %d\r\n\r\n"
        assert await refusal_of(node, sized % 11 + b"x" * 11 + GET) == ("413", "body-too-large")
        assert not upstream.heads
        metrics = (await get(node.url + "/metrics"))[1]
        assert b'headwater_edge_flaws_total{of="client",why="body-too-large"} 1.0' in metrics


async def test_an_upload_that_turns_out_too_large_is_broken_off_and_its_client_hears_why() -> None:
    heard: list[bytes] = []

    async def take(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read())

    upstream = RawServer()
    upstream.talk = take
    limits = ClientLimits(max_request_body_bytes=40_000)
    async with upstream.listening(), edge_before(upstream.url, clients=limits) as node:
        chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
        reader, writer = await asyncio.open_connection(*address_of(node.url))
        writer.write(CHUNKED)
        for _ in range(64):  # it looks for an answer only afterwards
            writer.write(chunk)
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        status, _, body = split(await reader.read())
        assert status.split(" ")[1] == "413" and json.loads(body)["error"] == "body-too-large"
        writer.close()
        await until(lambda: upstream.open == 0)
        assert len(heard[0]) < 40_000


async def test_limits_are_the_operators() -> None:
    limits = HeadLimits(max_line_bytes=20_000, max_head_bytes=200_000, max_fields=1_000)
    async with RawServer(OK).listening() as upstream, edge_before(upstream.url, heads=limits) as node:
        many = b"".join(b"X-%d: %s\r\n" % (number, b"y" * 150) for number in range(990))
        long = GET.replace(b"/a", b"/" + b"a" * 19_000).replace(
            b"\r\n\r\n", b"\r\nConnection: close\r\n" + many + b"\r\n"
        )
        assert (await exchange(node.url, long)).startswith(b"HTTP/1.1 200 OK")
        assert len(upstream.heads[0]) > 150_000


async def test_a_client_still_sending_has_time_to_read_why_it_was_refused() -> None:
    async with RawServer(OK).listening() as upstream, edge_before(upstream.url) as node:
        reader, writer = await asyncio.open_connection(*address_of(node.url))
        writer.write(GET[:-2] + b"X: ")
        for _ in range(64):
            writer.write(b"y" * 16_384)
            await asyncio.sleep(0)
        status, _, body = split(await reader.read())
        assert status.split(" ")[1] == "431" and json.loads(body)["error"] == Flaw.HEAD_TOO_LARGE.error
        writer.close()
        assert not upstream.heads
