"""The origin behind every server of the bench: ``python -m bench.edge.origin PORT``.

``/object/SIZE/NAME`` is SIZE bytes of noise, ``/absent/NAME`` a 404, both fresh for an hour. ``/count/NAME``
says how often something of that name was asked for, or of that name with a dash and more after it: by it the
bench knows whether a hit really was one. It shares a core with the load generator, so it reads no more of a
request than its first line, and answers from prepared bytes.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter
from email.utils import formatdate
from functools import lru_cache
from typing import ClassVar, Final, cast

import uvloop

from headwater.process import stop_with_parent

ABSENT_BODY: Final = b"There is nothing here.\n"
LARGEST_BYTES: Final = 64 * 1024 * 1024
"""No object is larger; neither does an edge store a larger one by default."""


@lru_cache(maxsize=16)
def noise(size_bytes: int) -> bytes:
    """The body of every object of a size."""
    return random.Random(size_bytes).randbytes(size_bytes)


class OriginProtocol(asyncio.Protocol):
    """One connection. What all of them were asked for is counted together."""

    asked: ClassVar = Counter[bytes]()

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        *heads, self._received = (self._received + data).split(b"\r\n\r\n")
        for head in heads:
            self._transport.writelines(self._answer(head.split(b" ", 2)[1]))

    def _answer(self, path: bytes) -> tuple[bytes, bytes]:
        *kind, name = path.split(b"/")
        if kind == [b"", b"count"]:
            body = b"%d" % self.asked[name]
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body), body
        self.asked[name.partition(b"-")[0]] += 1
        match kind:
            case [b"", b"object", size] if size.isdigit() and int(size) <= LARGEST_BYTES:
                return _head(b"200 OK", int(size), int(time.time())), noise(int(size))
            case _:
                return _head(b"404 Not Found", len(ABSENT_BODY), int(time.time())), ABSENT_BODY


@lru_cache(maxsize=16)
def _head(status: bytes, length: int, now_s: int) -> bytes:
    """A media server's head: validators, a type that nobody compresses, an hour of freshness.

    nginx answers ranges from its cache only if the origin takes them; whether this one does is not tried.
    """
    return (
        b"HTTP/1.1 %s\r\nServer: origin\r\nDate: %s\r\nContent-Type: video/mp4\r\nContent-Length: %d\r\n"
        b'Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nETag: "%d"\r\nCache-Control: max-age=3600\r\n'
        b"Accept-Ranges: bytes\r\n\r\n"
    ) % (status, formatdate(now_s, usegmt=True).encode(), length, length)


async def serve(port: int) -> None:
    """Listen until the process is told to stop."""
    server = await asyncio.get_running_loop().create_server(OriginProtocol, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    stop_with_parent()
    uvloop.run(serve(int(sys.argv[1])))
