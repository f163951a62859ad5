"""Readers that take little at a time, and what ends them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bench.readers import Readers
from tests.edge.tier import until

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
Talk = Callable[[asyncio.StreamWriter], Awaitable[None]]


async def whole(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"x" * 5_000)
    writer.close()


async def half(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"x" * 2_500)
    writer.close()


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    await writer.drain()
    writer.transport.abort()


async def error(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
    writer.close()


@asynccontextmanager
async def server(talk: Talk) -> AsyncIterator[tuple[str, int]]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"GET /a HTTP/1.1\r\n")
        await talk(writer)

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()
    finally:
        listening.close()


@pytest.mark.parametrize(
    ("talk", "ends"),
    [(whole, {"whole"}), (half, {"closed"}), (reset, {"reset", "closed"}), (error, {"refused"})],
)
async def test_each_says_how_it_ended(talk: Talk, ends: set[str]) -> None:
    async with server(talk) as address:
        readers = Readers(3, address, "/a", 5_000)
        await readers.ask()
        await readers.read(100_000)
        assert set(readers.ends()) <= ends and sum(readers.ends().values()) == 3 and not readers.reading
        readers.close()


async def test_nobody_reads_more_than_the_rate_in_one_turn() -> None:
    async with server(whole) as address:
        readers = Readers(1, address, "/a", 5_000)
        await readers.ask()
        (reader,) = readers.all
        await until(lambda: reader.take(1_000) or reader.got_bytes > 0)  # type: ignore[func-returns-value]
        assert reader.got_bytes <= 1_000 and readers.reading == 1
        readers.close()


async def test_who_cannot_connect_was_refused() -> None:
    async with server(whole) as address:
        pass
    readers = Readers(1, address, "/a", 5_000)
    await readers.ask()
    assert readers.ends() == {"refused": 1}
