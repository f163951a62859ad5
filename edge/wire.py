"""Field lines between aiohttp and the core, so that a proxied field keeps its bytes (RFC 9110 section 5.5).

The core reads every byte as one Latin-1 character, which loses nothing. aiohttp writes text as UTF-8, so
what it is handed must be the text whose UTF-8 those bytes are. Client and upstream side both go through
here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus

from caching import Headers
from caching.headers import Pair

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def received(raw_headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The fields of a message as aiohttp's parser found them.

    Raises ValueError for a control character, which the parser lets pass in a response and which could
    never be sent on (RFC 9110 section 5.5).
    """
    pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw_headers]
    for name, value in pairs:
        if _CONTROL.search(value):
            raise ValueError(f"field {name} holds a control character")
    return Headers(pairs)


def sendable(headers: Iterable[Pair]) -> list[Pair]:
    """The same fields as aiohttp takes them: several lines of one name stay several."""
    return [(name.title(), value if value.isascii() else _as_utf8(value)) for name, value in headers]


def interim_bytes(status: int, headers: Headers) -> bytes:
    """An interim response as it goes over the wire; aiohttp sends none itself."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name.title()}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _as_utf8(value: str) -> str:
    """Bytes that are no UTF-8 cannot be had from aiohttp; they are sent as the UTF-8 of what they spell."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value
