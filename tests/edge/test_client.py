"""What a client gets, and what the node does when it is gone."""

import asyncio
import json
import logging

import aiohttp
import pytest

from tests.edge.raw import RawServer, address_of, exchange, split
from tests.edge.scripted import SlowBody, edge_before, get, origin_and_edge

CLOSE = b"Host: viewer\r\nConnection: close\r\n\r\n"


async def read_until_broken(url: str, head: bytes, slow: SlowBody) -> tuple[bytes, bool]:
    """What came of a body which upstream broke off after ``half``, and whether a reset ended it."""
    reader, writer = await asyncio.open_connection(*address_of(url))
    writer.write(head)
    await slow.asked.wait()
    slow.pieces.put_nowait(b"half")
    got = await reader.readuntil(b"half")
    slow.pieces.put_nowait(b"break")
    try:
        return got + await reader.read(), False
    except ConnectionResetError:
        return got, True
    finally:
        writer.close()


@pytest.mark.parametrize("store", ["max-age=60", "no-store"])
async def test_a_body_of_known_length_that_breaks_off_is_short_for_the_client(store: str) -> None:
    async with origin_and_edge() as (origin, node):
        slow = origin.answers["/a"] = SlowBody({"Cache-Control": store}, length=1000)
        got, _ = await read_until_broken(node.url, b"GET /a HTTP/1.1\r\n" + CLOSE, slow)
        assert b"\r\nContent-Length: 1000\r\n" in got and got.endswith(b"\r\n\r\nhalf")


@pytest.mark.parametrize("store", ["max-age=60", "no-store"])
async def test_a_chunked_body_that_breaks_off_has_no_last_chunk(store: str) -> None:
    async with origin_and_edge() as (origin, node):
        slow = origin.answers["/a"] = SlowBody({"Cache-Control": store})
        got, _ = await read_until_broken(node.url, b"GET /a HTTP/1.1\r\n" + CLOSE, slow)
        assert b"\r\nTransfer-Encoding: chunked\r\n" in got and got.rstrip(b"\r\n").endswith(b"4\r\nhalf")


PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n"
CASES = {
    "stored": (PLAIN + b"Cache-Control: max-age=60\r\n\r\nabcd", b""),
    "passed through": (PLAIN + b"Cache-Control: no-store\r\n\r\nabcd", b""),
    "a part": (PLAIN + b"Cache-Control: max-age=60\r\n\r\nabcd", b"Range: bytes=1-2\r\n"),
}


@pytest.mark.parametrize(("answer", "wants"), CASES.values(), ids=CASES)
async def test_nothing_is_said_of_a_body_that_its_origin_did_not_say(answer: bytes, wants: bytes) -> None:
    async with RawServer(answer).listening() as upstream, edge_before(upstream.url) as node:
        for _ in range(2):  # the second is a hit where the response may be stored
            got = await exchange(node.url, b"GET /a HTTP/1.1\r\nAccept-Encoding: gzip\r\n" + wants + CLOSE)
            names = [name for name, _ in split(got)[1]]
            assert not {"content-type", "server", "content-encoding"} & set(names), got
            assert names.count("date") == 1 and names.count("content-length") == 1


async def test_what_the_origin_says_of_itself_is_handed_on() -> None:
    answer = PLAIN + b"Server: origin/7\r\nContent-Type: video/mp4\r\nCache-Control: max-age=60\r\n\r\nabcd"
    async with RawServer(answer).listening() as upstream, edge_before(upstream.url) as node:
        for _ in range(2):
            fields = split(await exchange(node.url, b"GET /a HTTP/1.1\r\n" + CLOSE))[1]
            assert ("server", "origin/7") in fields and ("content-type", "video/mp4") in fields


@pytest.mark.parametrize("store", ["max-age=60", "no-store"])
async def test_a_client_that_leaves_in_a_body_is_no_error(
    store: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        async with origin_and_edge() as (origin, node):
            slow = origin.answers["/a"] = SlowBody({"Cache-Control": store}, length=9_000_000)
            reader, writer = await asyncio.open_connection(*address_of(node.url))
            writer.write(b"GET /a HTTP/1.1\r\n" + CLOSE)
            await slow.asked.wait()
            slow.pieces.put_nowait(b"x" * 1_000_000)
            await reader.readexactly(1000)
            writer.transport.abort()
            for piece in (b"x" * 8_000_000, None):
                slow.pieces.put_nowait(piece)
            await node.idle()
            assert len(node.cache.index) == (1 if store == "max-age=60" else 0)
            text = (await get(node.url + "/metrics"))[1].decode()
            [line] = [line for line in text.splitlines() if line.startswith("headwater_edge_sent_bytes")]
            assert float(line.split()[-1]) < 9_000_000
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_an_error_of_our_own_says_what_and_why() -> None:
    async with origin_and_edge() as (origin, node):
        await origin.stop()
        status, body, headers = await get(node.url + "/a")
        said = json.loads(body)
        assert status == 502 and said["error"] == "upstream-unreachable" and said["node"] == "edge-1"
        assert "origin" in said["message"]
        assert headers["Content-Type"] == "application/json" and headers["Cache-Control"] == "no-store"
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert headers["Cache-Status"] == "edge-1; detail=upstream-unreachable"
        async with aiohttp.ClientSession() as session, session.head(node.url + "/a") as response:
            assert response.status == 502
        text = (await get(node.url + "/metrics"))[1].decode()
        assert f'sent_bytes_total{{who="client"}} {float(len(body))}' in text  # the HEAD had no body
