"""Field lines between the wire and the core, so that a proxied field keeps its bytes (RFC 9110 section 5.5).

The core reads every byte as one Latin-1 character, which loses nothing, and so it is sent. But aiohttp writes
text as UTF-8: what it is handed must be the text whose UTF-8 those bytes are.
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
    return head_bytes(f"HTTP/1.1 {status} {phrase}", headers)


def head_bytes(start_line: str, headers: Iterable[Pair]) -> bytes:
    """A head as it goes over the wire. Raises ValueError when a line of it would be none, or two."""
    lines = [start_line, *[f"{name.title()}: {value}" for name, value in headers], "", ""]
    text = "\r\n".join(lines)
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1:
        raise ValueError(f"a line of the head has an end within: {lines[:-2]}")
    return text.encode("latin-1")


def _as_utf8(value: str) -> str:
    """Bytes that are no UTF-8 cannot be had from aiohttp; they are sent as the UTF-8 of what they spell."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value
