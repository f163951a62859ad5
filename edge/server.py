"""The listening side of a node: aiohttp's low-level server, which knows when the last byte has left."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage

from caching.reasons import CutOff
from edge.certificate import Certificate
from edge.connections import Connections, Full
from edge.doors import Doors
from edge.handshake import TlsFailure
from edge.inlet import Inlet, OnFlaw
from edge.patience import Terms
from edge.settings import ClientLimits, HeadLimits
from edge.tls import TlsConnection
from edge.turns import Directly

# For how long whoever has begun to connect is let in before the doors are closed: a round trip, and more.
ARRIVING_MS = 100
_DRAIN_LOOK_MS = 20
# aiohttp waits that long for its handlers, and once more when it has told them to end.
_CUT_OFF_S = 0.05
# So many connections are looked at in one go; then what else there is to do has its turn.
_AT_ONCE = 200

# So many idle connections make room at once, as nginx has it: looking for each by itself would take too long.
_MAKE_ROOM = 32

# Longer than any connection lasts: how long it may be idle is seen when they are looked at.
_NO_TIMEOUT_S = 10 * 365 * 86_400

OnCutOff = Callable[[CutOff, Inlet], web.StreamResponse | None]
"""Told of whom this node cuts off; returns what to answer, where an answer can be given."""

OnFull = Callable[[Full, str], bytes]
"""Told of who is not let in, by address; returns the answer."""

_log = logging.getLogger(__name__)


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
        clients: ClientLimits,
        on_cut_off: OnCutOff,
        on_tls_failure: Callable[[TlsFailure], None],
        connections: Connections,
        on_full: OnFull,
        directly: Directly | None = None,
    ) -> None:
        # A body is passed on as it came: unpacked it would belie its Content-Encoding and Content-Length.
        super().__init__(
            handler,
            request_factory=self._begin,
            access_log=None,
            auto_decompress=False,
            keepalive_timeout=_NO_TIMEOUT_S,
        )
        self._terms = Terms(clients)
        self._notsent_lowat_bytes = clients.notsent_lowat_bytes
        self._on_cut_off = on_cut_off
        self._watching: asyncio.Task[None] | None = None
        self._inlet = partial(
            Inlet,
            self,
            limits=limits,
            terms=self._terms,
            max_body_bytes=clients.max_request_body_bytes,
            admit=self._admit,
            on_flaw=on_flaw,
            directly=directly,
            loop=self._loop,
            **self._kwargs,
        )
        self._drain_ms = drain_ms
        self._doors = Doors()
        self._tls: set[asyncio.Transport] = set()
        self._let_in: dict[object, str] = {}
        """The address of each connection: by its inlet, or by what is below that with TLS."""
        self._limit = connections
        self._on_full = on_full
        self._none_is_spare = False
        """Since the last look: it is not looked for again until then."""
        self._on_tls_failure = on_tls_failure
        self._open = 0
        """Connections; one with TLS counts twice once its handshake is done."""
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
            await asyncio.sleep(self._terms.interval_ms / 1000)
            self._none_is_spare = False
            for number, inlet in enumerate(self.connections, 1):
                if isinstance(inlet, Inlet) and (why := inlet.look()) is not None:
                    inlet.cut(why, self._on_cut_off(why, inlet))
                if number % _AT_ONCE == 0:
                    await asyncio.sleep(0)

    async def listen(self, sockets: Sequence[socket.socket], *, shared: bool = False) -> None:
        """Let clients in by listening sockets; ``shared`` are those that other processes have, too."""
        self._bound_kernel(sockets)
        await self._doors.open(sockets, self, shared=shared)
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())

    async def listen_tls(
        self,
        sockets: Sequence[socket.socket],
        certificate: Certificate,
        handshake_timeout_ms: int,
        *,
        shared: bool = False,
    ) -> None:
        """The same for clients that speak TLS, and are shown a certificate."""

        def make() -> TlsConnection:
            return TlsConnection(certificate.context, handshake_timeout_ms, self, self)

        self._bound_kernel(sockets)
        await self._doors.open(sockets, make, shared=shared)

    def _bound_kernel(self, sockets: Sequence[socket.socket]) -> None:
        """Let the kernel take no more than it is to hold: accepted connections have it from these sockets."""
        if self._notsent_lowat_bytes and hasattr(socket, "TCP_NOTSENT_LOWAT"):
            for listening in sockets:
                listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, self._notsent_lowat_bytes)

    async def drain(self, linger_ms: int) -> None:
        """Let no one in any more, let what is under way end, at most for ``drain_ms``, and close.

        A connection that looks idle may have a request on its way, or be so new that it has had none. So
        for ``linger_ms`` requests are still answered; the handler says with each answer that it was the
        connection's last.
        """
        loop = asyncio.get_running_loop()
        began_s, linger_s = loop.time(), linger_ms / 1000
        await self._doors.close(min(linger_ms, ARRIVING_MS))
        end_s = began_s + linger_s + self._drain_ms / 1000
        while not self._empty.is_set() and loop.time() < end_s:
            await self._emptied(_DRAIN_LOOK_MS)
            self._let_go(before_s=loop.time() - linger_s, began_s=began_s)
        await self._cut_off()
        if self._watching is not None:
            self._watching.cancel()

    def _let_go(self, *, before_s: float, began_s: float) -> None:
        """Close the connections that have been idle since before, counted from the beginning at most."""
        for inlet in self.connections:
            since_s = inlet.idle_since_s if isinstance(inlet, Inlet) else None
            if since_s is not None and max(since_s, began_s) <= before_s:
                inlet.force_close()

    async def _cut_off(self) -> None:
        """End what has not ended by itself."""
        inlets = self.connections
        self.pre_shutdown()
        await self.shutdown(_CUT_OFF_S)
        for inlet in inlets:
            if isinstance(inlet, Inlet):
                inlet.reset()
        for connection in tuple(self._tls):
            connection.abort()
        await self._emptied(1000 * _CUT_OFF_S)

    async def _emptied(self, within_ms: float) -> None:
        """Wait until no connection is open, at most so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_ms / 1000):
                await self._empty.wait()

    def _admit(self, transport: asyncio.Transport) -> bytes | None:
        """What to say to a connection that is not let in: nothing, when many are being told so already."""
        if isinstance(transport, TlsConnection):  # it was let in before its handshake
            return None
        address = _address_of(transport)
        full = self._why_full(address)
        if full is None:
            return None
        last = self._on_full(full, address)
        return last if self._limit.tell() else b""

    def _enter(self, connection: object, address: str) -> None:
        self._let_in[connection] = address
        self._limit.enter(address)

    def _leave(self, connection: object) -> None:
        if (address := self._let_in.pop(connection, None)) is not None:
            self._limit.leave(address)

    def _why_full(self, address: str) -> Full | None:
        full = self._limit.why_full(address)
        return None if full is Full.NODE and self._make_room() else full

    def _make_room(self) -> bool:
        """Close some connections that have been idle for a while, the oldest first; if there are any."""
        if self._none_is_spare:
            return False
        spare = (inlet for inlet in self.connections if isinstance(inlet, Inlet) and inlet.is_spare)
        made = 0
        for inlet in islice(spare, _MAKE_ROOM):
            made += 1
            self._limit.leaving += 1
            inlet.cut(CutOff.MADE_ROOM, self._on_cut_off(CutOff.MADE_ROOM, inlet))
        if not made:
            self._none_is_spare = True
            _log.warning("connections: %d are open, and none of them is idle", self._limit.open)
        return made > 0

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self._count(1)
        if not isinstance(transport, TlsConnection):
            self._enter(handler, _address_of(transport))

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        assert isinstance(handler, Inlet)
        if handler.turned_away is None:
            self._count(-1)
            self._limit.leaving -= handler.cut_off is CutOff.MADE_ROOM
            self._leave(handler)
        elif handler.turned_away:
            self._limit.told()

    def tls_began(self, connection: asyncio.Transport) -> None:
        self._count(1)
        address = _address_of(connection)
        full = self._why_full(address)
        self._tls.add(connection)
        if full is None:
            self._enter(connection, address)
        else:  # a handshake would cost more than it is worth
            self._on_full(full, address)
            connection.abort()

    def tls_failed(self, connection: asyncio.Transport, why: TlsFailure) -> None:
        self._on_tls_failure(why)

    def tls_ended(self, connection: asyncio.Transport) -> None:
        self._tls.discard(connection)
        self._leave(connection)
        self._count(-1)

    def _count(self, more: int) -> None:
        self._open += more
        if self._open:
            self._empty.clear()
        else:
            self._empty.set()


def _address_of(transport: asyncio.Transport) -> str:
    peer = transport.get_extra_info("peername")
    return str(peer[0]) if isinstance(peer, tuple) else ""
