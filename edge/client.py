"""The client's side of one exchange: sends a reply, counts what went out, survives that the client leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
from aiohttp import web

from caching import Reason, Reply
from caching.reasons import EXPLAINED
from edge.bodies import Body, BodyBrokenError
from edge.upstream import UpstreamError
from edge.wire import sendable


class Client:
    """Whoever sent the request. No method raises when the client is gone; ``gone`` then says so."""

    def __init__(self, request: web.BaseRequest) -> None:
        self._request = request
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
        response = web.Response(status=reply.status, headers=sendable(reply.headers), body=piece or None)
        self._begin(response)
        try:
            await response.prepare(self._request)
            await response.write_eof()
            self.sent_bytes += len(piece)
        except ConnectionError:
            self.gone = True

    async def stream(self, reply: Reply, pieces: AsyncIterator[bytes] | AsyncIterator[memoryview]) -> None:
        """Send a body piece by piece as it comes; break the connection if it does not come whole."""
        response = web.StreamResponse(status=reply.status, headers=sendable(reply.headers))
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

    def abort(self) -> None:
        """Break the connection, so that what was sent cannot be taken for the whole."""
        self.gone = True
        if self._request.transport is not None:
            self._request.transport.abort()

    async def refuse(self, status: int, reason: Reason, node: str) -> None:
        """Answer with an error of our own: what and why, in JSON and in Cache-Status."""
        body = msgspec.json.encode({"error": reason.value, "message": EXPLAINED[reason], "node": node})
        headers = (
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("access-control-allow-origin", "*"),
            ("cache-status", f"{node}; detail={reason.value}"),
        )
        await self._whole(Reply(status, headers, None), body)

    def _begin(self, response: web.StreamResponse) -> None:
        self.response, self.status = response, response.status
