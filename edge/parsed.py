"""A client whose request aiohttp has read, and whose answer it writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import HttpVersion11, web

from caching import Headers, Reply
from caching.reasons import CutOff
from edge.client import MAX_UNREAD_BYTES, Client, refusal
from edge.inlet import Inlet
from edge.turns import reset
from edge.wire import interim_bytes, sendable

# What aiohttp would add to a reply that came without it, and a proxy must not invent (RFC 9110 section 8.3).
_NOT_ADDED = ("content-type", "server")

_CONTINUE = 100


class _Verbatim(web.StreamResponse):
    """Says what the reply says."""

    def __init__(self, reply: Reply, **body: Any) -> None:
        super().__init__(status=reply.status, headers=sendable(reply.headers), **body)
        self._told = frozenset(name for name, _ in reply.headers)

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        for name in _NOT_ADDED:
            if name not in self._told:
                self.headers.popall(name, None)


class _Whole(_Verbatim, web.Response):
    """One whose body is there: head and body go out together."""


def last_refusal(status: int, error: str, message: str, node: str) -> web.StreamResponse:
    """An error of our own after which the connection is closed, for what is no request."""
    reply, body = refusal(status, error, message, node)
    response = _Whole(reply, body=body)
    # aiohttp would not say it where it knows no version.
    response.headers["Connection"] = "close"
    response.force_close()
    return response


class ParsedClient(Client):
    """Whoever sent a request of aiohttp's. ``is_last`` tells if the connection ends with the response."""

    def __init__(self, request: web.BaseRequest, is_last: Callable[[], bool]) -> None:
        super().__init__(request.remote or "", bodyless=request.method == "HEAD")
        self.response: web.StreamResponse | None = None
        self._request = request
        self._is_last = is_last
        self._continued = False

    def _why_gone(self) -> CutOff:
        inlet = self._request.protocol
        return (inlet.cut_off if isinstance(inlet, Inlet) else None) or CutOff.CLIENT_LEFT

    async def _send_whole(self, reply: Reply, piece: bytes | memoryview) -> None:
        response = _Whole(reply, body=piece or None)
        self._enter(response)
        await response.prepare(self._request)
        await response.write_eof()

    async def _begin(self, reply: Reply) -> None:
        response = _Verbatim(reply)
        if self._request.version < HttpVersion11 and response.content_length is None:
            # The end of the connection is all that can tell the end of such a body.
            response.force_close()
        self._enter(response)
        await response.prepare(self._request)

    async def _send(self, piece: bytes | memoryview) -> None:
        assert self.response is not None
        await self.response.write(piece)

    async def _end(self) -> None:
        assert self.response is not None
        await self.response.write_eof()

    def _reset(self) -> None:
        if self._request.transport is not None:
            reset(self._request.transport)

    def send_interim(self, status: int, headers: Headers) -> None:
        """Pass on an interim response: HTTP/1.0 knows none (RFC 9110 section 15.2).

        A client that does not read is spared them: they only inform, and may not fill its buffer.
        """
        transport = self._request.transport
        if self.response is not None or self._request.version < HttpVersion11 or transport is None:
            return
        if not transport.is_closing() and transport.get_write_buffer_size() < MAX_UNREAD_BYTES:
            transport.write(interim_bytes(status, headers))
            self._continued = self._continued or status == _CONTINUE

    def _withholds_body(self) -> bool:
        """Whether the client was never told to send its body, and may or may not: nobody could tell."""
        expects = self._request.headers.get("Expect", "").lower() == "100-continue"
        return expects and not self._continued and not self._request.content.is_eof()

    def _enter(self, response: web.StreamResponse) -> None:
        if self._is_last() or self._withholds_body():
            response.force_close()
        self.response, self.status = response, response.status
