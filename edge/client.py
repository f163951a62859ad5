"""The client's side of one exchange: sends a reply, counts what went out, survives that the client leaves."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Any

import msgspec
from aiohttp import HttpVersion11, web

from caching import Headers, Reply
from caching.reasons import CutOff
from edge.bodies import Body, BodyBrokenError, Reader
from edge.inlet import Inlet, reset
from edge.upstream import UpstreamError
from edge.wire import interim_bytes, sendable

# What aiohttp would add to a reply that came without it, and a proxy must not invent (RFC 9110 section 8.3).
_NOT_ADDED = ("content-type", "server")

_CONTINUE = 100
_MAX_UNREAD_BYTES = 64 * 1024


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


def _refusal(status: int, error: str, message: str, node: str) -> tuple[Reply, bytes]:
    headers = (
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        ("access-control-allow-origin", "*"),
        ("cache-status", f"{node}; detail={error}"),
    )
    body = msgspec.json.encode({"error": error, "message": message, "node": node})
    return Reply(status, headers, None), body


def last_refusal(status: int, error: str, message: str, node: str) -> web.StreamResponse:
    """An error of our own after which the connection is closed, for what is no request."""
    reply, body = _refusal(status, error, message, node)
    response = _Whole(reply, body=body)
    response.force_close()
    return response


class Client:
    """Whoever sent the request. No method raises when the client is gone; ``gone`` then says so.

    ``is_last`` tells whether the connection must end with this response.
    """

    def __init__(self, request: web.BaseRequest, is_last: Callable[[], bool]) -> None:
        self._request = request
        self._is_last = is_last
        self.response: web.StreamResponse | None = None
        self._unfinished = False
        """Whether more of the response is to come."""
        self.status = 0
        self.sent_bytes = 0
        self.gone = False
        self._broken = False
        self._continued = False

    @property
    def cut_off(self) -> CutOff | None:
        """Why it did not get its answer to the end, if it did not."""
        if not self.gone:
            return None
        if self._broken:
            return CutOff.BODY_BROKEN
        inlet = self._request.protocol
        stalled = isinstance(inlet, Inlet) and inlet.cut_off is not None
        return CutOff.CLIENT_STALLED if stalled else CutOff.CLIENT_LEFT

    @property
    def address(self) -> str:
        return self._request.remote or ""

    async def send(self, reply: Reply, body: Body | None) -> None:
        """Send a reply whose body is stored, or being filled."""
        if reply.body is None:
            await self._whole(reply, b"")
            return
        if body is None:
            raise RuntimeError(f"the body of a stored response is not there: {self._request.path}")
        piece = None if reply.begun or reply.more else body.piece(reply.body)
        if piece is not None:
            await self._whole(reply, piece)
        else:
            await self.stream(reply, body.read(reply.body))

    async def _whole(self, reply: Reply, piece: bytes | memoryview) -> None:
        response = _Whole(reply, body=piece or None)
        self._begin(response)
        try:
            await response.prepare(self._request)
            await response.write_eof()
            self.sent_bytes += len(piece)
        except ConnectionError:
            self.gone = True

    async def stream(self, reply: Reply, pieces: AsyncGenerator[bytes, None] | Reader) -> None:
        """Send a body piece by piece as it comes; break the connection if it does not come whole."""
        try:
            response = await self._started(reply)
            await self._write(response, reply.before)
            if reply.body is not None:
                async for piece in pieces:
                    await self._write(response, piece)
            await self._write(response, reply.after)
            if not reply.more:
                await response.write_eof()
        except ConnectionError:
            self.gone = True
        except (BodyBrokenError, UpstreamError):
            self.abort()
        finally:
            await pieces.aclose()

    async def _started(self, reply: Reply) -> web.StreamResponse:
        """The response that a reply begins, or goes on with."""
        self._unfinished = reply.more
        if reply.begun and self.response is not None:
            return self.response
        response = _Verbatim(reply)
        if self._request.version < HttpVersion11 and response.content_length is None:
            # The end of the connection is all that can tell the end of such a body.
            response.force_close()
        self._begin(response)
        await response.prepare(self._request)
        return response

    async def _write(self, response: web.StreamResponse, piece: bytes | memoryview) -> None:
        if piece:
            await response.write(piece)
            self.sent_bytes += len(piece)

    def abort(self) -> None:
        """Reset the connection, so that what was sent cannot be taken for the whole."""
        self.gone = self._broken = True
        if self._request.transport is not None:
            reset(self._request.transport)

    def send_interim(self, status: int, headers: Headers) -> None:
        """Pass on an interim response: HTTP/1.0 knows none (RFC 9110 section 15.2).

        A client that does not read is spared them: they only inform, and may not fill its buffer.
        """
        transport = self._request.transport
        if self.response is not None or self._request.version < HttpVersion11 or transport is None:
            return
        if not transport.is_closing() and transport.get_write_buffer_size() < _MAX_UNREAD_BYTES:
            transport.write(interim_bytes(status, headers))
            self._continued = self._continued or status == _CONTINUE

    def _withholds_body(self) -> bool:
        """Whether the client was never told to send its body, and may or may not: nobody could tell."""
        expects = self._request.headers.get("Expect", "").lower() == "100-continue"
        return expects and not self._continued and not self._request.content.is_eof()

    async def refuse(self, status: int, error: str, message: str, node: str) -> None:
        """Answer with an error of our own: what and why, in JSON and in Cache-Status.

        In the middle of a response nothing of the kind can be said any more: that breaks off.
        """
        if self._unfinished:
            self.abort()
            return
        reply, body = _refusal(status, error, message, node)
        await self._whole(reply, b"" if self._request.method == "HEAD" else body)

    def _begin(self, response: web.StreamResponse) -> None:
        if self._is_last() or self._withholds_body():
            response.force_close()
        self.response, self.status = response, response.status
