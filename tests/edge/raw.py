"""Both ends of a connection byte by byte, where a library would hide what goes over the wire."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Talk = Callable[[bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class RawServer:
    """An upstream that says exactly ``answer`` to each request head, and counts its connections.

    ``talk`` may be set instead, to do something else with the head and the two streams.
    """

    def __init__(self, answer: bytes = b"") -> None:
        self.answer = answer
        self.talk: Talk = self._say_answer
        self.heads: list[bytes] = []
        self.connections = 0
        """How many there have been."""
        self.open = 0
        """How many there are."""
        self.url = ""
        self._server: asyncio.Server | None = None

    async def _say_answer(self, head: bytes, reader: object, writer: asyncio.StreamWriter) -> None:
        writer.write(self.answer)
        await writer.drain()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                await self.talk(head, reader, writer)
                if writer.is_closing():
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            writer.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[RawServer]:
        """Listen for as long as the block lasts."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**20)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            self.stop()

    def stop(self) -> None:
        """Refuse who comes from now on."""
        if self._server is not None:
            self._server.close()


def address_of(url: str) -> tuple[str, int]:
    """Host and port of a base URL."""
    host, port = url.partition("://")[2].split(":")
    return host, int(port)


async def exchange(url: str, sent: bytes) -> bytes:
    """Everything that a server says to these bytes until it closes; raises if it resets the connection."""
    reader, writer = await asyncio.open_connection(*address_of(url))
    try:
        writer.write(sent)
        return await reader.read()
    finally:
        writer.close()


def split(answer: bytes) -> tuple[str, list[tuple[str, str]], bytes]:
    """Status line, field lines and the rest of one HTTP/1 message."""
    head, _, rest = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    fields = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines)]
    return status, fields, rest


async def slow_reader(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection whose client takes little at once, so that what it is sent waits at the sender."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, address_of(url))
    return await asyncio.open_connection(sock=sock, limit=4096)
