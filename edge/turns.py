"""Whose turn it is on a connection: requests are answered without aiohttp or by it, one after the other.

What comes while a request is being answered waits here, and is looked at when that is over: so a request
that aiohttp has answered does not bind those behind it to aiohttp. aiohttp has nobody to call when it is
ready for the next one; it is looked for where it can have become so.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from abc import abstractmethod
from contextlib import suppress
from typing import Any, Protocol

from aiohttp import web

from caching.reasons import CutOff
from edge.blocks import Blocks
from edge.outflow import Outflow

# SO_LINGER of no time: a close resets the connection.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_MAX_HELD_BYTES = 64 * 1024


class Directly(Protocol):
    """Answers what need not go through aiohttp."""

    def blocks(self, scheme: str) -> Blocks:
        """What is known of the requests of a scheme's connections."""

    def answer(self, inlet: Turns, data: bytes) -> bool:
        """Answer some bytes; False leaves them to aiohttp."""


class Turns(web.RequestHandler):
    """One client's connection, and the requests that wait on it."""

    def __init__(self, manager: web.Server, *, directly: Directly | None = None, **options: Any) -> None:
        super().__init__(manager, **options)
        self.address = ""
        self.outflow: Outflow | None = None
        self.cut_off: CutOff | None = None
        """Why this node has ended the connection, if it has because of the client."""
        self._wire: asyncio.Transport | None = None
        self._directly = directly
        self._at_rest = directly is not None
        """Whether the next bytes begin a request, as far as the reading before aiohttp's goes."""
        self._at_end = False
        """Whether the client has ended its direction."""
        self._held: bytearray | None = None
        """What came behind a request that is being answered; None when nothing has to wait."""

    @abstractmethod
    def _pass_to_parser(self, data: bytes) -> bool:
        """Leave bytes to aiohttp; whether the next ones begin a request."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # aiohttp lets go of it when it closes it, though it stays until everything is sent.
        self._wire = self.transport
        if self.transport is not None:
            self.outflow = Outflow(self.transport, self._loop)
        self.address = self.peername[0] if isinstance(self.peername, tuple) else ""
        if self._directly is not None:
            self.blocks = self._directly.blocks("http" if self.ssl_context is None else "https")

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        self._wire = None
        if self.outflow is not None:
            self.outflow.close()
            self.outflow = None

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client has ended its direction: so does this node its own, when all was sent.

        The transport sends what it was given before it closes, but knows nothing of what goes past it.
        """
        self._at_end = True
        return self.outflow is not None and self.outflow.is_busy

    def data_received(self, data: bytes) -> None:
        if not data:  # aiohttp goes on with what it has held back itself
            self._pass_to_parser(data)
        elif self._held is not None:
            self._hold_back(self._held, data)
        elif self._directly is None or not self._at_rest:
            self._at_rest = self._pass_to_parser(data)
        elif not self._is_idle():
            self._held = bytearray(data)
            self._look_again()
        elif not self._directly.answer(self, data):
            self._at_rest = self._pass_to_parser(data)

    def _is_idle(self) -> bool:
        """Whether aiohttp waits for a request, and the client has taken what it was sent."""
        waiter = self._waiter
        return waiter is not None and not waiter.done() and not self._paused

    def _hold_back(self, held: bytearray, data: bytes) -> None:
        held += data
        if len(held) > _MAX_HELD_BYTES and self.transport is not None:
            self.transport.pause_reading()

    def hold(self) -> None:
        """A request is being answered without aiohttp: what comes behind it waits."""
        self._at_rest, self._held = False, bytearray()
        self._request_in_progress = True  # so that aiohttp's shutdown waits for it

    def release(self, *, closes: bool) -> None:
        """It was answered."""
        self._at_rest, self._request_in_progress = True, False
        if self._handler_waiter is not None and not self._handler_waiter.done():
            self._handler_waiter.set_result(None)
        if closes or self._at_end:
            self.force_close()
        self._look_again()

    def _look_again(self) -> None:
        """Go on with what waits, if it is its turn; else see to it that this is called when it may be."""
        if self._held is None or not self._at_rest:
            return
        if self.transport is None or self._close or self.transport.is_closing():
            self._held = None
        elif self._is_idle():
            held, self._held = self._held, None
            self.transport.resume_reading()
            if held:
                self.data_received(bytes(held))
        elif not self._paused and not self._request_in_progress:  # aiohttp is between two requests
            self._loop.call_soon(self._look_again)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._look_again()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        finished = await super().finish_response(request, resp, start_time)
        self._loop.call_soon(self._look_again)
        return finished

    @property
    def unsent_bytes(self) -> int:
        """What the client has not taken yet of what it was sent."""
        return 0 if self.outflow is None else self.outflow.unsent_bytes

    @property
    def is_behind(self) -> bool:
        """Whether the client has more to take before it should be sent anything."""
        return self._paused or (self.outflow is not None and self.outflow.is_busy)

    @property
    def way_out(self) -> Outflow:
        """Where to send without aiohttp. Raises ConnectionError when the connection is gone."""
        if self.outflow is None:
            raise ConnectionResetError
        return self.outflow

    async def drained(self) -> None:
        """Wait until the client has taken most of what it was sent. Raises ConnectionError."""
        await self.way_out.sent()
        await self._drain_helper()
        if self.transport is None:
            raise ConnectionResetError

    def reset(self) -> None:
        """End the connection so that what was sent cannot be taken for the whole."""
        if self._wire is not None:
            reset(self._wire)


def reset(transport: asyncio.Transport) -> None:
    """End a connection so that what was sent cannot be taken for the whole.

    A mere close would do where the length is known, or the body chunked; not for HTTP/1.0.
    """
    with suppress(OSError):  # of a socket that is closed already
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
