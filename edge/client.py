"""The client's side of one exchange: sends a reply, counts what went out, survives that the client leaves."""

from __future__ import annotations

import socket
import struct
from collections.abc import AsyncGenerator, Callable
from typing import Any

import msgspec
from aiohttp import HttpVersion11, web

from caching import Reply
from edge.bodies import Body, BodyBrokenError, Reader
from edge.upstream import UpstreamError
from edge.wire import sendable

# What aiohttp would add to a reply that came without it, and a proxy must not invent (RFC 9110 section 8.3).
_NOT_ADDED = ("content-type", "server")

# SO_LINGER of no time: a close resets the connection.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


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


class Client:
    """Whoever sent the request. No method raises when the client is gone; ``gone`` then says so.

    ``is_last`` tells whether the connection must end with this response.
    """

    def __init__(self, request: web.BaseRequest, is_last: Callable[[], bool]) -> None:
        self._request = request
        self._is_last = is_last
        self.response: web.StreamResponse | None = None
        self.status = 0
        self.sent_bytes = 0
        self.gone = False

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
        piece = body.piece(reply.body)
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
        response = _Verbatim(reply)
        if self._request.version < HttpVersion11 and response.content_length is None:
            # The end of the connection is all that can tell the end of such a body.
            response.force_close()
        self._begin(response)
        try:
            await response.prepare(self._request)
            if reply.body is not None:
                async for piece in pieces:
                    await response.write(piece)
                    self.sent_bytes += len(piece)
            await response.write_eof()
        except ConnectionError:
            self.gone = True
        except (BodyBrokenError, UpstreamError):
            self.abort()
        finally:
            await pieces.aclose()

    def abort(self) -> None:
        """Reset the connection, so that what was sent cannot be taken for the whole.

        A mere close would do where the length is known, or the body chunked; not for HTTP/1.0.
        """
        self.gone = True
        transport = self._request.transport
        if transport is not None:
            transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE
            )
            transport.abort()

    async def refuse(self, status: int, error: str, message: str, node: str) -> None:
        """Answer with an error of our own: what and why, in JSON and in Cache-Status."""
        body = msgspec.json.encode({"error": error, "message": message, "node": node})
        headers = (
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("access-control-allow-origin", "*"),
            ("cache-status", f"{node}; detail={error}"),
        )
        await self._whole(Reply(status, headers, None), b"" if self._request.method == "HEAD" else body)

    def _begin(self, response: web.StreamResponse) -> None:
        if self._is_last():
            response.force_close()
        self.response, self.status = response, response.status
