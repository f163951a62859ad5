"""An edge node: its parts wired, started, drained and stopped."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import resource
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

import uvloop

from caching import Cache, Record
from edge.certificate import Certificate
from edge.clock import Clock, wall_clock_ms
from edge.collector import Collector
from edge.connections import Connections
from edge.counters import Counters
from edge.direct import Direct
from edge.doors import bound
from edge.files import affordable
from edge.handler import Handler
from edge.listener import Listener
from edge.membership import Membership
from edge.server import Server
from edge.settings import EdgeSettings
from edge.shell import Shell
from edge.tiered import TieredBodies
from eventbus.events import Member
from eventbus.subscriber import Subscriber

_log = logging.getLogger(__name__)

_FLUSH_EVERY_S = 0.5


class EdgeNode:
    """One node. ``start`` returns when it listens, ``stop`` when the last request has ended."""

    def __init__(self, settings: EdgeSettings, now_ms: Clock = wall_clock_ms) -> None:
        self.settings = settings
        self.url = ""
        """By which peers reach it."""
        self.tls_url: str | None = None
        """By which clients do that speak TLS."""
        self._now_ms = now_ms
        self._shell = Shell(settings, now_ms)
        self._server: Server | None = None
        self._certificate: Certificate | None = None
        self._direct: Direct | None = None
        self._following: asyncio.Task[None] | None = None
        self._flushing: asyncio.Task[None] | None = None
        if settings.bus_url is not None:
            # Fenced until the bus was heard for the first time.
            self._shell.cache.lease_until_ms = 0

    @property
    def cache(self) -> Cache:
        return self._shell.cache

    @property
    def counters(self) -> Counters:
        self._shell.write_up()
        return self._shell.counters

    @property
    def tiered(self) -> TieredBodies | None:
        """The bodies, if there is a disk below memory."""
        return self._shell.tiered

    @property
    def membership(self) -> Membership:
        return self._shell.membership

    def on_record(self, listener: Callable[[Record], None]) -> None:
        """Tell ``listener`` of each exchange that is over, background ones included."""
        self._shell.on_record = listener

    @property
    def arrived(self) -> int:
        """Requests that have come to the cache so far, answered or not."""
        return self._shell.arrived

    async def idle(self) -> None:
        """Return when no exchange is under way, background ones included."""
        await self._shell.idle()

    async def start(self) -> str:
        """Listen; the base URL. Raises OSError when the address, or the folder of the disk, cannot be had."""
        try:
            if self._shell.tiered is not None:
                await self._shell.tiered.start()
            self.url = await self._listen()
        except OSError:
            await self.stop()
            raise
        self._follow_bus()
        self._flushing = asyncio.create_task(self._flush_log())
        return self.url

    async def _listen(self) -> str:
        settings, tls = self.settings, self.settings.tls
        clients = settings.clients
        most = affordable(clients.connections, settings.upstream.connections)
        connections = Connections(most, clients.connections_per_client)
        handler = Handler(self._shell, self.why_not_ready, connections)
        if settings.hot_path:
            self._direct = Direct(self._shell, handler.own_paths)
        if tls.certificate is not None and tls.key is not None:
            self._certificate = Certificate(tls.certificate, tls.key, self._now_ms)
            self.counters.certificate_expires_ms = self._certificate.expires_ms
        self._server = server = Server(
            handler,
            settings.drain_ms,
            settings.heads,
            handler.on_flaw,
            clients,
            handler.on_cut_off,
            handler.on_tls_failure,
            connections,
            handler.on_full,
            self._direct,
        )
        sockets = bound(settings.listen_host, settings.listen_port, shares_port=settings.shares_port)
        url = url_of("http", settings.advertise_host or settings.listen_host, sockets)
        await server.listen(sockets)
        await server.listen(_inherited(settings.public_fds), shared=True)
        if self._certificate is not None and tls.listen_port is not None:
            sockets = bound(tls.listen_host, tls.listen_port)
            self.tls_url = url_of("https", settings.advertise_host or tls.listen_host, sockets)
            await server.listen_tls(sockets, self._certificate, tls.handshake_timeout_ms)
        elif self._certificate is not None:
            timeout_ms = tls.handshake_timeout_ms
            await server.listen_tls(_inherited(tls.fds), self._certificate, timeout_ms, shared=True)
        return url

    def reload_certificate(self) -> None:
        """Show new connections the certificate as it is now; the log says whether it could be used."""
        if self._certificate is not None and self._certificate.reload():
            self.counters.certificate_expires_ms = self._certificate.expires_ms

    def why_not_ready(self) -> str | None:
        """What keeps this node from serving as it should, or None."""
        if self._shell.draining:
            return "draining"
        if self._shell.cache.is_fenced(self._now_ms()):
            return "the event log has not been heard within the lease"
        return None

    async def stop(self) -> None:
        """Say that it goes, let requests end, then let go of everything."""
        self._shell.draining = True
        if self._direct is not None:
            self._direct.close()
        if self._server is not None:
            await self._server.drain(self.settings.linger_ms)
        await _cancel(self._flushing)
        await self._shell.stop()
        # Late: saying goodbye tells the bus that nothing is served from this cache any more.
        await _cancel(self._following)
        if self._shell.tiered is not None:
            await self._shell.tiered.close()

    def _follow_bus(self) -> None:
        if self.settings.bus_url is None:
            return
        shell = self._shell
        member = Member(name=self.settings.name, url=self.url, weight=self.settings.weight)
        listener = Listener(
            self.settings, shell.cache, shell.membership, shell.counters, self._now_ms, shell.write_up
        )
        subscriber = Subscriber(
            self.settings.bus_url,
            token=self.settings.token,
            member=member,
            handler=listener,
            positions=shell.tiered,
            now_ms=self._now_ms,
        )
        self._following = asyncio.create_task(subscriber.run())
        self._following.add_done_callback(_report)

    async def _flush_log(self) -> None:
        while True:
            await asyncio.sleep(_FLUSH_EVERY_S)
            self._shell.write_up()
            self._shell.log.flush()


def _inherited(fds: tuple[int, ...]) -> list[socket.socket]:
    return [socket.socket(fileno=fd) for fd in fds]


def url_of(scheme: str, host: str, sockets: Sequence[socket.socket]) -> str:
    """The base URL of what listens there, by the name that others have for the host."""
    port = sockets[0].getsockname()[1]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


async def _cancel(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _report(task: asyncio.Task[None]) -> None:
    """The bus is followed until the node stops: anything else leaves it fenced, and must be seen."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.critical("the bus is no longer followed, the node will be fenced: %s", error)


def run(settings: EdgeSettings) -> None:
    """Run a node until SIGTERM or SIGINT; one JSON line on standard output says where it listens."""
    _allow_descriptors()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings))
    # Or the interpreter would look through all that was cached before it ends, which may take seconds.
    gc.freeze()


def _allow_descriptors() -> None:
    """Each connection and each body that is mapped takes a descriptor: as many as the system lets us have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _serve(settings: EdgeSettings) -> None:
    node, collector, asked_to_stop = EdgeNode(settings), Collector(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked_to_stop.set)
    collector.start()
    await node.start()
    if settings.tls.on:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, node.reload_certificate)
    line = {"event": "listening", "role": "edge", "name": settings.name, "url": node.url}
    if node.tls_url is not None:
        line["tls_url"] = node.tls_url
    _say(line)
    await asked_to_stop.wait()
    _say({"event": "draining", "name": settings.name})
    await node.stop()
    collector.stop()


def _say(line: dict[str, str]) -> None:
    """To whoever started the process; a node serves on when nobody listens any more."""
    with suppress(OSError):
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
