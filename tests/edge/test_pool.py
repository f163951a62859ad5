"""Connections that serve again, how many there may be, and what is sent once more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from caching import Fetch, Headers
from edge.arrival import Arrival, BrokenOffError
from edge.call import Call, call_of
from edge.dial import Endpoint
from edge.pool import Pool
from edge.settings import HeadLimits, UpstreamSettings
from edge.upload import Upload
from tests.edge.raw import RawServer, address_of
from tests.edge.tier import until

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def call(method: str = "GET", target: str = "/a", limit_ms: int = 5_000, body: Upload | None = None) -> Call:
    return call_of(Fetch(method, Headers(), True), target, (("host", "a"),), body, None, limit_ms)


@asynccontextmanager
async def pool_to(server: RawServer, **settings: int) -> AsyncIterator[Pool]:
    async with server.listening():
        pool = Pool(Endpoint(*address_of(server.url)), HeadLimits(), UpstreamSettings(**settings))
        yield pool
        pool.close()
        await until(lambda: len(pool) == 0)


class Gate(RawServer):
    """An upstream that answers when it is told to, in the order in which it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.talk = self._hold
        self._turns: asyncio.Queue[bytes] = asyncio.Queue()

    def let(self, *answers: bytes) -> None:
        for answer in answers:
            self._turns.put_nowait(answer)

    async def _hold(self, head: bytes, reader: object, writer: asyncio.StreamWriter) -> None:
        writer.write(await self._turns.get())


async def body_of(arrival: Arrival) -> bytes:
    pieces = []
    while (piece := await arrival.piece()) is not None:
        pieces.append(piece)
    return b"".join(pieces)


async def test_one_connection_serves_again_and_again() -> None:
    server = RawServer(OK)
    async with pool_to(server) as pool:
        for _ in range(5):
            assert await body_of(await pool.ask(call())) == b"hi"
        assert server.connections == len(pool) == 1


async def test_the_one_that_was_used_last_is_used_next() -> None:
    async def told(head: bytes, reader: object, writer: asyncio.StreamWriter) -> None:
        by_path.setdefault(head.split()[1].decode(), []).append(writer)
        if head.startswith(b"GET /1 "):
            await gate.wait()
        writer.write(OK)

    by_path: dict[str, list[asyncio.StreamWriter]] = {}
    gate, server = asyncio.Event(), RawServer()
    server.talk = told
    async with pool_to(server) as pool:
        first = asyncio.create_task(pool.ask(call(target="/1")))
        await until(lambda: "/1" in by_path)
        await pool.ask(call(target="/2"))
        gate.set()
        await first
        for _ in range(3):
            await pool.ask(call(target="/3"))
        assert by_path["/3"] == by_path["/1"] * 3 and by_path["/1"] != by_path["/2"]


async def test_one_that_nobody_uses_closes() -> None:
    server = RawServer(OK)
    async with pool_to(server, idle_ms=10) as pool:
        await pool.ask(call())
        await until(lambda: server.open == 0 and len(pool) == 0)
        await pool.ask(call())
        assert server.connections == 2


async def test_there_are_never_more_than_may_be_and_who_waits_has_a_turn() -> None:
    server = Gate()
    async with pool_to(server, connections=2) as pool:
        asking = [asyncio.create_task(pool.ask(call(target=f"/{number}"))) for number in range(6)]
        for answered in range(2, 7):
            await until(lambda answered=answered: len(server.heads) == min(answered, 6))
            server.let(OK)
        server.let(OK)
        for one in asking:
            assert await body_of(await one) == b"hi"
        assert server.connections == len(pool) == 2
        assert [head.split()[1] for head in server.heads] == [b"/%d" % number for number in range(6)]


async def test_a_connection_that_ends_makes_room_for_another() -> None:
    server = Gate()
    async with pool_to(server, connections=1) as pool:
        asking = [asyncio.create_task(pool.ask(call())) for _ in range(3)]
        await until(lambda: len(server.heads) == 1)
        asking[0].cancel()
        server.let(OK, OK, OK)
        for one in asking[1:]:
            assert await body_of(await one) == b"hi"
        assert server.connections == 2


async def test_who_waits_in_vain_gives_up_and_leaves_his_turn() -> None:
    server = Gate()
    async with pool_to(server, connections=1) as pool:
        first = asyncio.create_task(pool.ask(call()))
        await until(lambda: len(server.heads) == 1)
        with pytest.raises(TimeoutError):
            await pool.ask(call(limit_ms=20))
        third = asyncio.create_task(pool.ask(call()))
        server.let(OK, OK)
        await first
        await third
        assert len(server.heads) == 2


def closing_when_asked_again() -> RawServer:
    """An upstream that takes one request on each connection, and closes it when a second one comes."""
    seen: set[asyncio.StreamWriter] = set()

    async def talk(head: bytes, reader: object, writer: asyncio.StreamWriter) -> None:
        if writer in seen:
            writer.close()
        else:
            seen.add(writer)
            writer.write(OK)

    server = RawServer()
    server.talk = talk
    return server


async def test_what_meets_the_end_of_an_idle_connection_is_sent_once_more() -> None:
    server = closing_when_asked_again()
    async with pool_to(server) as pool:
        for _ in range(3):
            assert await body_of(await pool.ask(call())) == b"hi"
        assert server.connections == 3 and len(server.heads) == 5


@pytest.mark.parametrize("kind", ["unsafe", "upload"])
async def test_what_may_not_come_twice_is_not_sent_twice(kind: str) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"x"

    server = closing_when_asked_again()
    async with pool_to(server) as pool:
        await pool.ask(call())
        with pytest.raises(BrokenOffError):
            if kind == "unsafe":
                await pool.ask(call("POST"))
            else:
                await pool.ask(call("PUT", body=Upload(pieces())))
        assert len(server.heads) == 2


async def test_nothing_is_sent_once_more_when_something_of_an_answer_has_come() -> None:
    server = RawServer(OK)
    async with pool_to(server) as pool:
        await pool.ask(call())

        async def break_off(head: bytes, reader: object, writer: asyncio.StreamWriter) -> None:
            writer.write(OK[:10])
            writer.close()

        server.talk = break_off
        with pytest.raises(BrokenOffError):
            await pool.ask(call())
        assert len(server.heads) == 2


async def test_a_new_connection_that_fails_is_not_tried_again() -> None:
    async def close(head: bytes, reader: object, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = RawServer()
    server.talk = close
    async with pool_to(server) as pool:
        with pytest.raises(BrokenOffError):
            await pool.ask(call())
        assert len(server.heads) == 1


async def test_who_is_gone_takes_the_connection_along() -> None:
    server = Gate()
    async with pool_to(server) as pool:
        asking = asyncio.create_task(pool.ask(call()))
        await until(lambda: len(server.heads) == 1)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await until(lambda: len(pool) == 0)


async def test_closing_ends_what_is_under_way() -> None:
    server = Gate()
    async with pool_to(server) as pool:
        asking = asyncio.create_task(pool.ask(call()))
        await until(lambda: len(server.heads) == 1)
        pool.close()
        with pytest.raises(BrokenOffError):
            await asking
