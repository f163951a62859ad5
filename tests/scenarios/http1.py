"""HTTP/1.1 on a stream, both sides of it: a library would put right what a case says wrongly."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from http import HTTPStatus
from typing import NamedTuple

from caching import Headers
from caching.headers import Pair

_BODYLESS = (204, 304)


class Message(NamedTuple):
    """A request or a response as it came. ``first`` is its first line, in words."""

    first: tuple[str, ...]
    headers: Headers
    body: bytes = b""
    whole: bool = True

    @property
    def status(self) -> int:
        """Of a response."""
        return int(self.first[1])


def head_of(first: str, headers: Iterable[Pair]) -> bytes:
    """The bytes of a head."""
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1")


def status_line(status: int) -> str:
    """The first line of a response."""
    known = {item.value: item.phrase for item in HTTPStatus}
    return f"HTTP/1.1 {status} {known.get(status, 'Unknown')}"


def chunk(content: bytes) -> bytes:
    """One chunk of a chunked body; of nothing, the last one."""
    return b"%x\r\n%s\r\n" % (len(content), content)


async def read_head(reader: asyncio.StreamReader) -> Message:
    """The next head. Raises IncompleteReadError when the connection ends before."""
    text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = text.removesuffix("\r\n\r\n").split("\r\n")
    pairs = ((name, value) for name, _, value in (line.partition(":") for line in lines))
    return Message(tuple(first.split(" ", 2)), Headers(pairs))


async def read_request(reader: asyncio.StreamReader) -> Message:
    """The next request with its body."""
    head = await read_head(reader)
    body, whole = await _framed(reader, head.headers, to_the_end=False)
    return head._replace(body=body, whole=whole)


async def read_response(reader: asyncio.StreamReader, method: str) -> Message:
    """The next response, interim ones too, with as much of its body as comes."""
    head = await read_head(reader)
    if method == "HEAD" or head.status in _BODYLESS or head.status < 200:
        return head
    body, whole = await _framed(reader, head.headers, to_the_end=True)
    return head._replace(body=body, whole=whole)


async def _framed(reader: asyncio.StreamReader, headers: Headers, *, to_the_end: bool) -> tuple[bytes, bool]:
    """A body by its framing (RFC 9112 section 6.3), and whether it came whole."""
    content = bytearray()
    try:
        if "transfer-encoding" in headers:
            while size_bytes := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
                content += (await reader.readexactly(size_bytes + 2))[:-2]
            await reader.readuntil(b"\r\n")
        elif (length := headers.get("content-length")) is not None:
            content += await reader.readexactly(int(length))
        elif to_the_end:
            content += await reader.read()
    except asyncio.IncompleteReadError as error:
        return bytes(content) + error.partial, False
    except ConnectionError:
        return bytes(content), False
    return bytes(content), True
