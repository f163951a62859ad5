"""The connection to upstream: sends a request, and reads the response to it as strictly as there is.

One request is under way at a time. What comes beyond the end of a response goes nowhere, and the connection
with it, as it does when nobody has asked (RFC 9112 section 6.3). Afterwards it is at its pool's disposal, and
closes when nobody has used it for a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import cast

from edge.alarm import Alarm
from edge.arrival import Arrival, BrokenOffError
from edge.call import Call
from edge.responses import ResponseScan
from edge.sending import Sending
from edge.settings import HeadLimits, UpstreamSettings

# How much of a body is read ahead of whoever takes it.
_MAX_HELD_BYTES = 512 * 1024


class Outlet(asyncio.Protocol):
    """One connection. ``on_free`` is told when it may be used again, ``on_lost`` when it is no more."""

    def __init__(
        self,
        limits: HeadLimits,
        settings: UpstreamSettings,
        on_free: Callable[[Outlet], None],
        on_lost: Callable[[Outlet], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._limits, self._settings = limits, settings
        self._on_free, self._on_lost = on_free, on_lost
        self._alarm = Alarm(self._loop, self._on_late)
        self._transport: asyncio.Transport | None = None
        self._arrival: Arrival | None = None
        self._sending: Sending | None = None
        self._sender: asyncio.Task[None] | None = None
        self._paused = False
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def send(self, call: Call, due_s: float) -> Arrival:
        """Send a request; its response. ``due_s`` is the time of the loop until which its head must come."""
        assert self._transport is not None and self._arrival is None
        scan = ResponseScan(self._limits, to_head=call.to_head, max_interim=self._settings.max_interim)
        self._arrival = arrival = Arrival(scan, call.on_interim, self._go_on, self.close)
        self._sending = None
        self._alarm.set(due_s)
        self._transport.write(call.head)
        if call.upload is not None:
            put_off = partial(self._put_off, arrival, call.limit_s)
            self._sending = Sending(call, self._write, put_off, partial(self._hold, arrival))
            self._sender = self._loop.create_task(self._upload(self._sending, arrival))
        return arrival

    async def _upload(self, sending: Sending, arrival: Arrival) -> None:
        try:
            await sending.run(self._settings.continue_timeout_ms / 1000)
        except Exception as error:  # of any kind: it is whatever came between the client and this node
            arrival.fail(BrokenOffError(str(error) or type(error).__name__))
            self.close()

    async def _write(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(data)
        await self._writable.wait()

    def _put_off(self, arrival: Arrival, limit_s: float) -> None:
        if arrival.scan.head is None:
            self._alarm.set(self._loop.time() + limit_s)

    def _hold(self, arrival: Arrival) -> None:
        if arrival.scan.head is None:
            self._alarm.off()

    def data_received(self, data: bytes) -> None:
        arrival = self._arrival
        if arrival is None:  # nobody has asked
            self.close()
            return
        arrival.feed(data)
        if self._sending is not None:
            self._sending.on_answer(arrival.scan)
        if arrival.ended:
            self._on_end(arrival)
        elif arrival.held_bytes > _MAX_HELD_BYTES:
            self._pause()
        elif arrival.scan.head is not None:
            self._await_piece()

    def eof_received(self) -> None:
        """Upstream sends no more: that ends a body which has no other end."""
        if self._arrival is not None:
            self._arrival.end()
            self._arrival.fail(BrokenOffError("upstream closed the connection"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._break(BrokenOffError(str(exc) if exc else "the connection was closed"))
        self._transport = None
        self._on_lost(self)

    def close(self) -> None:
        """End the connection, and whatever is under way on it."""
        self._break(BrokenOffError("the connection was let go"))
        if self._transport is not None:
            self._transport.abort()

    def _on_end(self, arrival: Arrival) -> None:
        head, sent = arrival.scan.head, self._sending is None or self._sending.done
        if arrival.error is not None or arrival.scan.surplus or not sent or head is None or not head.persists:
            self.close()
            return
        self._arrival = None
        self._alarm.set(self._loop.time() + self._settings.idle_ms / 1000)
        self._on_free(self)

    def _break(self, error: Exception) -> None:
        arrival, self._arrival = self._arrival, None
        self._alarm.stop()
        if self._sender is not None:
            self._sender.cancel()
        if arrival is not None:
            arrival.fail(error)

    def _on_late(self) -> None:
        if self._arrival is not None:
            self._arrival.fail(TimeoutError())
        self.close()

    def _await_piece(self) -> None:
        self._alarm.set(self._loop.time() + self._settings.read_timeout_ms / 1000)

    def _pause(self) -> None:
        """Whoever takes the body is behind; upstream is not to blame for the time that this takes."""
        if not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
            self._alarm.off()

    def _go_on(self) -> None:
        arrival = self._arrival
        if self._paused and arrival is not None and arrival.held_bytes <= _MAX_HELD_BYTES // 2:
            assert self._transport is not None
            self._paused = False
            self._transport.resume_reading()
            self._await_piece()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()
