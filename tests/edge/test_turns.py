"""Requests one behind the other on a connection, answered without aiohttp and by it."""

import asyncio

import pytest

from tests.edge.raw import address_of, exchange
from tests.edge.scripted import SlowBody, origin_and_edge
from tests.edge.test_direct import GET, LAST
from tests.edge.test_hotpath import warm

POST = b"POST /%b HTTP/1.1\r\nHost: viewer\r\nContent-Length: 2\r\n\r\nhi"


async def test_requests_sent_at_once_are_answered_in_their_order() -> None:
    async with origin_and_edge() as (origin, node):
        for name in "abc":
            origin.says(f"/{name}", name.encode() * 3, cache_control="max-age=60")
        sent = GET % b"a" + GET % b"b" + b"POST /c HTTP/1.1\r\nHost: viewer\r\nContent-Length: 2\r\n\r\nhi"
        got = await exchange(node.url, sent + GET % b"b" + LAST % b"a")
        bodies = [part.partition(b"\r\n\r\n")[2] for part in got.split(b"HTTP/1.1 200 OK")[1:]]
        assert bodies == [b"aaa", b"bbb", b"ccc", b"bbb", b"aaa"]


async def test_what_comes_behind_a_request_waits_for_its_answer() -> None:
    async with origin_and_edge() as (origin, node):
        slow = origin.answers["/a"] = SlowBody({"Cache-Control": "max-age=60"}, length=4)
        origin.says("/b", b"bb", cache_control="max-age=60")
        reader, writer = await asyncio.open_connection(*address_of(node.url))
        writer.write(GET % b"a")
        await slow.asked.wait()
        behind = GET % b"b" + LAST % b"a"
        for at in range(0, len(behind), 7):  # in pieces, none of which is a request
            writer.write(behind[at : at + 7])
            await writer.drain()
            await asyncio.sleep(0)
        for piece in (b"aa", b"aa", None):
            slow.pieces.put_nowait(piece)
        got = await reader.read()
        writer.close()
        assert [part.partition(b"\r\n\r\n")[2] for part in got.split(b"HTTP/1.1 200 OK")[1:]] == [
            b"aaaa",
            b"bb",
            b"aaaa",
        ]


async def test_a_request_in_pieces_is_aiohttps_and_the_next_is_ours_again() -> None:
    async with warm() as (_, node, wire, _):
        assert await wire.is_hot()
        before = node.counters.prepared
        for piece in (b"GET /a HT", b"TP/1.1\r\nHost: vie", b"wer\r\n\r\n"):
            wire.writer.write(piece)
            await asyncio.sleep(0.01)
        await wire.reader.readuntil(b"0123456789")
        assert node.counters.prepared == before
        await wire.ask()
        assert node.counters.prepared == before + 1


async def test_what_comes_while_aiohttp_answers_does_not_stay_with_it() -> None:
    async with warm() as (origin, node, wire, _):
        assert await wire.is_hot()
        slow = origin.answers["/b"] = SlowBody({}, length=2)
        before = node.counters.prepared
        wire.writer.write(POST % b"b")
        await slow.asked.wait()
        for _ in range(3):
            wire.writer.write(GET % b"a")
            await asyncio.sleep(0)
        for piece in (b"ok", None):
            slow.pieces.put_nowait(piece)
        await wire.reader.readuntil(b"\r\n\r\nok")
        for _ in range(3):
            await wire.reader.readuntil(b"\r\n\r\n0123456789")
        await wire.ask()
        assert node.counters.prepared > before


async def test_much_that_waits_is_not_read() -> None:
    async with origin_and_edge() as (origin, node):
        slow = origin.answers["/b"] = SlowBody({}, length=2)
        origin.says("/a", b"aa", cache_control="max-age=60")
        reader, writer = await asyncio.open_connection(*address_of(node.url))
        writer.write(GET % b"b")
        await slow.asked.wait()
        number = 30_000  # a megabyte and more
        writer.write((GET % b"a") * number)
        for piece in (b"ok", None):
            slow.pieces.put_nowait(piece)
        for _ in range(number):
            await reader.readuntil(b"\r\n\r\naa")
        writer.close()


async def test_a_client_that_leaves_while_others_wait_leaves_nothing_behind() -> None:
    async with origin_and_edge() as (origin, node):
        slow = origin.answers["/b"] = SlowBody({}, length=2)
        _, writer = await asyncio.open_connection(*address_of(node.url))
        writer.write(GET % b"b")
        await slow.asked.wait()
        writer.write(GET % b"a")
        await writer.drain()
        writer.transport.abort()
        for piece in (b"ok", None):
            slow.pieces.put_nowait(piece)
        await node.idle()
        assert not origin.requests["/a"]


async def test_what_waits_behind_a_broken_answer_is_not_asked_for() -> None:
    async with origin_and_edge() as (origin, node):
        slow = origin.answers["/b"] = SlowBody({}, length=4)
        origin.says("/a", b"aa")
        reader, writer = await asyncio.open_connection(*address_of(node.url))
        writer.write(GET % b"b")
        await slow.asked.wait()
        writer.write(GET % b"a")
        slow.pieces.put_nowait(b"ok")
        await reader.readuntil(b"ok")
        await origin.stop()
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()
        await node.idle()
        assert not node.counters.requests["client", "refused", "upstream-unreachable"]
