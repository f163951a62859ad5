"""A client of HTTP/1.0, whose requests are aiohttp's to read."""

import asyncio

import pytest

from tests.edge.raw import RawServer, exchange, split
from tests.edge.scripted import SlowBody, edge_before, origin_and_edge
from tests.edge.test_client import read_until_broken


@pytest.mark.parametrize("store", ["max-age=60", "no-store"])
async def test_a_body_that_ends_with_its_connection_is_broken_by_a_reset(store: str) -> None:
    async with origin_and_edge() as (origin, node):
        slow = origin.answers["/a"] = SlowBody({"Cache-Control": store})
        got, was_reset = await read_until_broken(node.url, b"GET /a HTTP/1.0\r\n\r\n", slow)
        assert was_reset and b"Transfer-Encoding" not in got and b"Content-Length" not in got


async def test_an_http_1_0_client_gets_the_end_of_the_connection_for_the_end_of_an_unknown_length() -> None:
    chunked = b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nCache-Control: no-store\r\n" + chunked
    async with RawServer(answer).listening() as upstream, edge_before(upstream.url) as node:
        async with asyncio.timeout(5):
            got = await exchange(node.url, b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    status, fields, body = split(got)
    assert status == "HTTP/1.0 200 OK" and body == b"hi"
    assert "keep-alive" not in dict(fields).get("connection", "")


async def test_an_http_1_0_client_may_keep_its_connection_where_the_length_is_known() -> None:
    async with origin_and_edge() as (origin, node):
        origin.says("/a", b"hi", cache_control="max-age=60")
        head = b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        got = await exchange(node.url, head + b"GET /a HTTP/1.0\r\n\r\n")
    assert got.count(b"HTTP/1.0 200 OK") == 2 and got.count(b"\r\n\r\nhi") == 2
    assert b"\r\nConnection: keep-alive\r\n" in got
