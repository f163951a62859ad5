"""The fields of a plain request, read once for all requests that bring the same bytes.

A player sends the same header block with each request: what follows the first line is looked up, and read
only when it is new. A block that is known has been through the strict reading (``edge.heads``) and says
nothing of a body, of another protocol, or of an answer before the final one: what does is left to aiohttp.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from weakref import WeakValueDictionary

from caching import Headers
from caching.vary import Selection, selects
from edge.heads import NO_BODY, fields_of, request_body
from edge.prepared import Lines
from edge.settings import EdgeSettings
from edge.target import Aim, aim_of

LINE = re.compile(rb"(GET|HEAD) (/[\x21\x22\x24-\x7e]*) HTTP/1\.1")
"""The first line of a request that is read here: anything else is left to aiohttp."""

_LINE_END = b"\r\n"
_LEFT_ALONE = (
    *("content-length", "transfer-encoding", "expect", "upgrade"),
    # What aiohttp's parser takes for Connection, and what it refuses.
    *("proxy-connection", "sec-websocket-key1"),
)
# And what it refuses more than one line of.
_SINGLE = (
    "content-location",
    "content-range",
    "content-type",
    "etag",
    "max-forwards",
    "server",
    "user-agent",
)
# What the rules look at in a request for what is stored: an answer is not prepared for who says one of these.
_DEMANDS = ("cache-control", "pragma")
_JUDGED = ("authorization", "if-match", "if-unmodified-since", "cdn-loop", "headwater-peer")
# And what an answer depends on and nothing else does: each has answers of its own.
_VIEWED = ("range", "if-range", "if-none-match", "if-modified-since")

_MAX_BLOCKS = 4096
_MAX_SELECTIONS = 64
_MAX_BLOCK_BYTES = 4096


class Block:
    """A header block that was read."""

    __slots__ = ("_selected", "aim", "closes", "headers", "lines")

    def __init__(self, headers: Headers, aim: Aim, *, closes: bool, lines: Lines | None) -> None:
        self.headers = headers
        self.aim = aim
        """The site that it is for; its target says nothing."""
        self.closes = closes
        """Whether the client wants its connection closed with the answer."""
        self.lines = lines
        """The answers that are prepared for such blocks; None for one that each answer is made for."""
        self._selected: dict[Selection, bool] = {}

    def selects(self, selection: Selection) -> bool:
        """Whether a request with this block selects a variant (RFC 9111 section 4.1)."""
        known = self._selected.get(selection)
        if known is None:
            if len(self._selected) >= _MAX_SELECTIONS:
                self._selected.clear()
            known = self._selected[selection] = selects(selection, self.headers)
        return known


class Plain(NamedTuple):
    """A request without a body."""

    method: str
    target: str
    block: Block


class Blocks:
    """The blocks that connections of one scheme have brought."""

    def __init__(self, settings: EdgeSettings, scheme: str) -> None:
        self._settings = settings
        self._scheme = scheme
        self._views: WeakValueDictionary[tuple[str | None, ...], Lines] = WeakValueDictionary()
        heads = settings.heads
        # With the longest line that may come before it, a block is within the limits, or isn't kept.
        self._longest_bytes = min(_MAX_BLOCK_BYTES, heads.max_head_bytes - heads.max_line_bytes)
        self.known: dict[bytes, Block] = {}
        """By their bytes, from the end of the first line on."""

    def close(self) -> None:
        """Forget them all, and learn no more."""
        self.known.clear()
        self._longest_bytes = 0

    def read(self, data: bytes) -> Plain | None:
        """The request that some bytes are, all of it and nothing more; None for one that is not plain."""
        end = data.find(_LINE_END)
        line = LINE.fullmatch(data, 0, end) if 0 < end <= self._settings.heads.max_line_bytes else None
        if line is None:
            return None
        block = self.known.get(data[end:]) or self._learned(data, end)
        if block is None:
            return None
        method, target = line.groups()
        return Plain(method.decode("latin-1"), target.decode("latin-1"), block)

    def _learned(self, data: bytes, end: int) -> Block | None:
        """A block that is new."""
        if len(data) - end > self._longest_bytes or request_body(data, self._settings.heads) is not NO_BODY:
            return None
        headers = fields_of(data)
        connection = (headers.get("connection") or "keep-alive").lower()
        aim = aim_of("GET", "/", headers.get("host"), self._scheme, self._settings)
        if _is_odd(headers) or connection not in ("keep-alive", "close") or not isinstance(aim, Aim):
            return None
        closes = connection == "close"
        block = Block(headers, aim, closes=closes, lines=None if closes else self._view(headers, aim))
        if len(self.known) >= _MAX_BLOCKS:
            del self.known[next(iter(self.known))]
        self.known[data[end:]] = block
        return block

    def _view(self, headers: Headers, aim: Aim) -> Lines | None:
        """The answers for blocks that say the same as far as an answer depends on it."""
        listens = self._settings.cache.honour_request_directives
        judged = (*_JUDGED, *_DEMANDS) if listens else _JUDGED
        if any(name in headers for name in judged):
            return None
        said = (aim.scheme, aim.authority, *map(headers.get, _VIEWED))
        return self._views.setdefault(said, Lines())


def _is_odd(headers: Headers) -> bool:
    """Whether there is anything in a block that aiohttp would make more of than fields, or refuse."""
    return any(name in headers for name in _LEFT_ALONE) or any(len(headers.all(name)) > 1 for name in _SINGLE)
