"""The listening side of a node: aiohttp's low-level server, which knows when the last byte has left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage

from caching.reasons import CutOff
from edge.inlet import Inlet, OnFlaw
from edge.settings import HeadLimits

# How often each client is looked at within its time.
_LOOKS = 4


class Server(web.Server):
    """Counts its connections until they have really ended.

    aiohttp forgets a connection when it has asked for its end; what lies in its write buffer then would be
    lost if the process went.
    """

    def __init__(
        self,
        handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        drain_ms: int,
        limits: HeadLimits,
        on_flaw: OnFlaw,
        client_timeout_ms: int,
        on_cut_off: Callable[[CutOff, Inlet], None],
    ) -> None:
        # A body is passed on as it came: unpacked it would belie its Content-Encoding and Content-Length.
        super().__init__(handler, request_factory=self._begin, access_log=None, auto_decompress=False)
        self._client_timeout_s = client_timeout_ms / 1000
        self._on_cut_off = on_cut_off
        self._watching: asyncio.Task[None] | None = None
        self._inlet = partial(Inlet, self, limits=limits, on_flaw=on_flaw, loop=self._loop, **self._kwargs)
        self._drain_ms = drain_ms
        # aiohttp waits that long twice: for its handlers, and once more when it has told them to end.
        self._runner = web.ServerRunner(self, shutdown_timeout=drain_ms / 2000)
        self._site: web.TCPSite | None = None
        self._open = 0
        self._empty = asyncio.Event()
        self._empty.set()

    def __call__(self) -> web.RequestHandler:
        """The protocol of a new connection."""
        return self._inlet()

    def _begin(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> web.BaseRequest:
        """A request whose head has come, and whose turn it is."""
        if isinstance(protocol, Inlet):
            protocol.serve(writer)
        return web.BaseRequest(message, payload, protocol, writer, task, self._loop)

    async def _watch(self) -> None:
        """Cut off who keeps this node waiting. Looking at all of them now and then costs requests nothing."""
        while True:
            await asyncio.sleep(self._client_timeout_s / _LOOKS)
            for inlet in self.connections:
                if isinstance(inlet, Inlet) and (why := inlet.look(_LOOKS)):
                    inlet.cut(why)
                    self._on_cut_off(why, inlet)

    async def listen(self, host: str, port: int) -> int:
        """Listen; the port. Raises OSError when the address cannot be had."""
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, host, port, backlog=1024)
        await self._site.start()
        self._watching = asyncio.create_task(self._watch())
        return int(self._runner.addresses[0][1])

    async def drain(self, linger_ms: int) -> None:
        """Let no one in any more, let what is under way end, at most for ``drain_ms``, and close.

        A connection that looks idle may have a request on its way, or be so new that it has had none. So
        for ``linger_ms`` requests are still answered; the handler says with each answer that it was the
        connection's last.
        """
        if self._site is not None:
            await self._site.stop()
            self._site = None
        await self._emptied(linger_ms)
        end_ms = asyncio.get_running_loop().time() * 1000 + self._drain_ms
        await self._runner.cleanup()
        if self._watching is not None:
            self._watching.cancel()
        await self._emptied(end_ms - asyncio.get_running_loop().time() * 1000)

    async def _emptied(self, within_ms: float) -> None:
        """Wait until no connection is open, at most so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_ms / 1000):
                await self._empty.wait()

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self._open += 1
        self._empty.clear()

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        self._open -= 1
        if self._open == 0:
            self._empty.set()
