"""Clients that read slowly: each asks for one large object, and takes a little of it each second.

Their receive buffers are as small as the system lets them be, so what they do not take stays with the server.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Sequence
from enum import Enum
from typing import Final

_RECEIVE_BUFFER_BYTES: Final = 4096
_CONNECTING_AT_ONCE: Final = 50
# Each second is cut into so many turns, in which one part of the readers reads.
_TURNS: Final = 50


class End(Enum):
    """How it went with one of them."""

    READING = "reading"
    """It has not ended."""
    WHOLE = "whole"
    """It got everything."""
    RESET = "reset"
    """The server reset the connection."""
    CLOSED = "closed"
    """The server closed it before everything had come."""
    REFUSED = "refused"
    """The server answered with an error, or would not have it."""


class Reader:
    """One of them."""

    __slots__ = ("_asked", "_size_bytes", "_socket", "end", "ended_s", "got_bytes")

    def __init__(self, size_bytes: int) -> None:
        self.end = End.READING
        self.ended_s = 0.0
        """When it ended, by the loop's clock."""
        self.got_bytes = 0
        self._asked = False
        self._size_bytes = size_bytes
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        self._socket.setblocking(False)

    async def ask(self, address: tuple[str, int], request: bytes) -> None:
        """Connect and send the request."""
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_connect(self._socket, address)
            await loop.sock_sendall(self._socket, request)
            self._asked = True
        except OSError:
            self._on_end(End.REFUSED)

    def take(self, size_bytes: int) -> None:
        """Read so much at most of what is there."""
        if not self._asked or self.end is not End.READING:
            return
        try:
            piece = self._socket.recv(size_bytes)
        except BlockingIOError:
            return
        except OSError:
            self._on_end(End.RESET)
            return
        if not piece:
            self._on_end(End.WHOLE if self.got_bytes > self._size_bytes else End.CLOSED)
        elif not self.got_bytes and b" 200 " not in piece[:16]:
            self._on_end(End.REFUSED)
        self.got_bytes += len(piece)

    def _on_end(self, end: End) -> None:
        self.end, self.ended_s = end, asyncio.get_running_loop().time()
        self._socket.close()

    def close(self) -> None:
        """Leave."""
        self._socket.close()


class Readers:
    """All of them. ``ask``, then ``read`` for as long as they are wanted."""

    def __init__(self, number: int, address: tuple[str, int], path: str, size_bytes: int) -> None:
        self.all: Sequence[Reader] = [Reader(size_bytes) for _ in range(number)]
        self._address = address
        self._request = f"GET {path} HTTP/1.1\r\nHost: {address[0]}\r\nConnection: close\r\n\r\n".encode()

    async def ask(self) -> None:
        """Let all connect and ask, some at a time."""
        for first in range(0, len(self.all), _CONNECTING_AT_ONCE):
            some = self.all[first : first + _CONNECTING_AT_ONCE]
            await asyncio.gather(*(reader.ask(self._address, self._request) for reader in some))

    async def read(self, bytes_per_s: int) -> None:
        """Read at a rate each until all have ended."""
        loop = asyncio.get_running_loop()
        turn, due_s = 0, loop.time()
        while self.reading:
            for reader in self.all[turn::_TURNS]:
                reader.take(bytes_per_s)
            turn, due_s = (turn + 1) % _TURNS, due_s + 1 / _TURNS
            await asyncio.sleep(max(0.0, due_s - loop.time()))

    @property
    def reading(self) -> int:
        """How many have not ended."""
        return sum(reader.end is End.READING for reader in self.all)

    def ends(self) -> Counter[str]:
        """How many came to which end."""
        return Counter(reader.end.value for reader in self.all)

    def close(self) -> None:
        """All leave."""
        for reader in self.all:
            reader.close()
