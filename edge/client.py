"""The client's side of one exchange: sends a reply, counts what went out, survives that the client leaves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator

import msgspec

from caching import Headers, Reply
from caching.reasons import CutOff
from edge.bodies import Body, BodyBrokenError, Reader
from edge.upstream import UpstreamError

MAX_UNREAD_BYTES = 64 * 1024
"""A client that has left more than this unread is not sent what only informs."""

_BUSY = 503
# What makes a node refuse passes soon (RFC 9110 section 10.2.3).
_RETRY_AFTER_S = "1"


def refusal(status: int, error: str, message: str, node: str) -> tuple[Reply, bytes]:
    """An error of our own: what and why, in JSON and in Cache-Status."""
    headers: tuple[tuple[str, str], ...] = (
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        ("access-control-allow-origin", "*"),
        ("cache-status", f"{node}; detail={error}"),
    )
    if status == _BUSY:
        headers = (*headers, ("retry-after", _RETRY_AFTER_S))
    body = msgspec.json.encode({"error": error, "message": message, "node": node})
    return Reply(status, headers, None), body


class Client(ABC):
    """Whoever sent the request. No method raises when the client is gone; ``gone`` then says so."""

    def __init__(self, address: str, *, bodyless: bool) -> None:
        self.address = address
        self.status = 0
        self.sent_bytes = 0
        """Of the body."""
        self.gone = False
        self._bodyless = bodyless
        """Whether it asked for a head alone."""
        self._broken = False
        self._unfinished = False
        """Whether more of the response is to come."""

    @property
    def cut_off(self) -> CutOff | None:
        """Why it did not get its answer to the end, if it did not."""
        if not self.gone:
            return None
        return CutOff.BODY_BROKEN if self._broken else self._why_gone()

    async def send(self, reply: Reply, body: Body | None) -> None:
        """Send a reply whose body is stored, or being filled."""
        if (piece := piece_of(reply, body)) is not None:
            await self._whole(reply, piece)
        elif body is None or reply.body is None:
            raise RuntimeError("the body of a stored response is not there")
        else:
            await self.stream(reply, body.read(reply.body))

    async def _whole(self, reply: Reply, piece: bytes | memoryview) -> None:
        try:
            await self._send_whole(reply, piece)
            self.sent_bytes += len(piece)
        except ConnectionError:
            self.gone = True

    async def stream(self, reply: Reply, pieces: AsyncGenerator[bytes, None] | Reader) -> None:
        """Send a body piece by piece as it comes; break the connection if it does not come whole."""
        try:
            await self._begin_or_go_on(reply)
            await self._write(reply.before)
            if reply.body is not None:
                async for piece in pieces:
                    await self._write(piece)
            await self._write(reply.after)
            if not reply.more:
                await self._end()
        except ConnectionError:
            self.gone = True
        except (BodyBrokenError, UpstreamError):
            self.abort()
        finally:
            await pieces.aclose()

    async def _begin_or_go_on(self, reply: Reply) -> None:
        """The response that a reply begins, or goes on with."""
        self._unfinished = reply.more
        if not (reply.begun and self.status):
            await self._begin(reply)

    async def _write(self, piece: bytes | memoryview) -> None:
        if piece:
            await self._send(piece)
            self.sent_bytes += len(piece)

    def abort(self) -> None:
        """Reset the connection, so that what was sent cannot be taken for the whole."""
        self.gone = self._broken = True
        self._reset()

    async def refuse(self, status: int, error: str, message: str, node: str) -> None:
        """Answer with an error of our own.

        In the middle of a response nothing of the kind can be said any more: that breaks off.
        """
        if self._unfinished:
            self.abort()
            return
        reply, body = refusal(status, error, message, node)
        await self._whole(reply, b"" if self._bodyless else body)

    @abstractmethod
    def send_interim(self, status: int, headers: Headers) -> None:
        """Pass on an interim response (RFC 9110 section 15.2)."""

    @abstractmethod
    def _why_gone(self) -> CutOff:
        """Whether it left, or was made to."""

    @abstractmethod
    async def _send_whole(self, reply: Reply, piece: bytes | memoryview) -> None:
        """Head and body at once. Raises ConnectionError."""

    @abstractmethod
    async def _begin(self, reply: Reply) -> None:
        """The head of a response whose body follows in pieces. Raises ConnectionError."""

    @abstractmethod
    async def _send(self, piece: bytes | memoryview) -> None:
        """A piece of the body, as soon as the client takes it. Raises ConnectionError."""

    @abstractmethod
    async def _end(self) -> None:
        """The body was whole. Raises ConnectionError."""

    @abstractmethod
    def _reset(self) -> None:
        """End the connection at once."""


def piece_of(reply: Reply, body: Body | None) -> bytes | memoryview | None:
    """All of the body that a reply is to be sent with, if that is at hand in one piece."""
    if reply.body is None:
        return b""
    return None if body is None or reply.begun or reply.more else body.piece(reply.body)
