"""The head of an answer as bytes, for who writes to the wire without aiohttp (RFC 9112 section 4)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from caching.headers import Pair

_BODYLESS = (204, 304)
LAST_CHUNK = b"0\r\n\r\n"


def head_bytes(
    status: int,
    headers: Iterable[Pair],
    body_bytes: int | None,
    *,
    to_head: bool = False,
    closes: bool = False,
) -> bytes:
    """Status line and fields. ``body_bytes`` is None for a body that comes in chunks.

    What the fields say of a length is left as it is; where they don't say, it is added (RFC 9112 section 6).
    """
    lines = [_status_line(status)]
    named = set()
    for name, value in headers:
        if status == 204 and name == "content-length":  # which it may not say (RFC 9110 section 8.6)
            continue
        named.add(name)
        lines.append(b"%b: %b" % (_titled(name), value.encode("latin-1")))
    if "content-length" not in named and status not in _BODYLESS and not to_head:
        told = b"Transfer-Encoding: chunked" if body_bytes is None else b"Content-Length: %d" % body_bytes
        lines.append(told)
    if "date" not in named:  # RFC 9110 section 6.6.1
        lines.append(b"Date: " + formatdate(time.time(), usegmt=True).encode())
    if closes:
        lines.append(b"Connection: close")
    lines.append(b"\r\n")
    return b"\r\n".join(lines)


def chunk(piece: bytes | memoryview) -> tuple[bytes, bytes | memoryview, bytes]:
    """A piece of a body whose length is not known (RFC 9112 section 7.1)."""
    return b"%x\r\n" % len(piece), piece, b"\r\n"


@lru_cache(maxsize=1024)
def _titled(name: str) -> bytes:
    return name.title().encode("latin-1")


@lru_cache(maxsize=1024)
def _status_line(status: int) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}".encode("latin-1")
