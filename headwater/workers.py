"""Several nodes behind one address, a process each: started, kept alive, and drained together.

Python serves from one core, so a machine's cores are used by as many workers, which share an address. Each
has a port of its own besides, for its siblings and its metrics: that is its URL in the ring.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import signal
import sys
from dataclasses import replace

from edge import EdgeSettings
from edge.certificate import Certificate
from edge.clock import wall_clock_ms
from edge.node import url_of
from edge.server import ARRIVING_MS
from headwater.address import SharedAddress, close, reserved
from headwater.config import encoded
from headwater.process import NodeError, NodeProcess

_log = logging.getLogger(__name__)

_FIRST_BACKOFF_MS = 100
_LONGEST_BACKOFF_MS = 5_000
_STEADY_S = 10.0
"""A worker that lived so long is started again at once."""
_GRACE_S = 5.0
"""What a worker may take to end beyond what its settings say."""


def run(settings: EdgeSettings) -> None:
    """Run ``settings.workers`` nodes until SIGTERM or SIGINT; one JSON line says where they listen.

    Raises OSError for an address or file that cannot be used, and NodeError when a worker does not come up.
    """
    asyncio.run(_run(settings))


async def _run(settings: EdgeSettings) -> None:
    workers, asked_to_stop = Workers(settings), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked_to_stop.set)
    if settings.tls.on:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, workers.reload)
    try:
        await workers.start()
        if not asked_to_stop.is_set():
            sys.stdout.write(json.dumps(workers.said()) + "\n")
            sys.stdout.flush()
        await asked_to_stop.wait()
    finally:
        await workers.stop()


class Workers:
    """The nodes of one public address."""

    def __init__(self, settings: EdgeSettings) -> None:
        self.settings = settings
        tls = settings.tls
        if tls.certificate is not None and tls.key is not None:
            Certificate(tls.certificate, tls.key, wall_clock_ms)  # before there are so many to complain
        count = settings.workers
        self._plain = SharedAddress(settings.listen_host, settings.listen_port, count)
        self._tls = (
            None if tls.listen_port is None else SharedAddress(tls.listen_host, tls.listen_port, count)
        )
        self._reserved = [reserved(settings.listen_host, self._port(number)) for number in range(count)]
        self.processes = [_process(each) for each in self._each()]
        self._up: set[int] = set()
        self._keeping: list[asyncio.Task[None]] = []

    @property
    def _public(self) -> list[SharedAddress]:
        return [self._plain] if self._tls is None else [self._plain, self._tls]

    def _port(self, number: int) -> int:
        """Where a worker is to listen for its siblings."""
        return self.settings.worker_port + number if self.settings.worker_port else 0

    def _each(self) -> list[EdgeSettings]:
        settings, host = self.settings, self.settings.advertise_host or self.settings.listen_host
        names = [f"{settings.name}-{number + 1}" for number in range(settings.workers)]
        urls = [url_of("http", host, sockets) for sockets in self._reserved]
        # With a bus, that tells who is there.
        siblings = () if settings.bus_url is not None else tuple(zip(names, urls, strict=True))
        token = settings.token or ("" if settings.bus_url is not None else secrets.token_urlsafe(24))
        return [
            replace(
                worker_settings(settings, name, self._reserved[number][0].getsockname()[1]),
                token=token,
                peers=settings.peers + tuple(pair for pair in siblings if pair[0] != name),
                public_fds=self._plain.fds(number),
                tls=replace(
                    settings.tls, listen_port=None, fds=() if self._tls is None else self._tls.fds(number)
                ),
            )
            for number, name in enumerate(names)
        ]

    async def start(self) -> None:
        """Start them, the first one alone: what keeps one keeps all, and is said once. Raises NodeError."""
        await self._start(0)
        await asyncio.gather(*(self._start(number) for number in range(1, len(self.processes))))
        self._keeping = [asyncio.create_task(self._keep(number)) for number in range(len(self.processes))]

    async def _start(self, number: int) -> None:
        await self.processes[number].start()
        self._note(number, up=True)

    def _note(self, number: int, *, up: bool) -> None:
        """Send no more clients to a worker that goes, and some to one that has come."""
        (self._up.add if up else self._up.discard)(number)
        for address in self._public:
            address.steer(self._up)

    async def _keep(self, number: int) -> None:
        """Start a worker again whenever it has ended by itself."""
        process, clock = self.processes[number], asyncio.get_running_loop().time
        backoff_ms, since_s = _FIRST_BACKOFF_MS, clock()
        while True:
            async for said in process.events():
                if said.get("event") == "draining":
                    self._note(number, up=False)
            code = await process.ended()
            self._note(number, up=False)
            if clock() - since_s >= _STEADY_S:
                backoff_ms = _FIRST_BACKOFF_MS
            _log.error("%s ended with exit code %d, and is started again", process.name, code)
            await asyncio.sleep(backoff_ms / 1000)
            backoff_ms, since_s = min(2 * backoff_ms, _LONGEST_BACKOFF_MS), clock()
            try:
                await self._start(number)
            except NodeError as error:
                _log.error("%s", error)

    def said(self) -> dict[str, object]:
        """Where they listen."""
        settings, tls = self.settings, self.settings.tls
        workers = [{"name": process.name, "url": process.url} for process in self.processes]
        host = settings.advertise_host
        line: dict[str, object] = {"event": "listening", "role": "edge", "name": settings.name}
        line["url"] = url_of("http", host or settings.listen_host, self._plain.sockets)
        if self._tls is not None:
            line["tls_url"] = url_of("https", host or tls.listen_host, self._tls.sockets)
        return {**line, "workers": workers}

    def reload(self) -> None:
        """Have each of them load its certificate anew."""
        for process in self.processes:
            process.signal(signal.SIGHUP)

    async def stop(self) -> None:
        """Drain them all at once; the last who began to connect are still let in by them."""
        for task in self._keeping:
            task.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)
        for address in self._public:
            address.let_nobody_begin()
        patience_s = (self.settings.linger_ms + self.settings.drain_ms) / 1000 + _GRACE_S
        await asyncio.gather(self._close(), *(process.stop(patience_s) for process in self.processes))

    async def _close(self) -> None:
        """Leave the addresses to the workers, so that who comes is refused once they have closed them."""
        await asyncio.sleep(ARRIVING_MS / 1000)
        for address in self._public:
            address.close()
        for sockets in self._reserved:
            close(sockets)


def worker_settings(settings: EdgeSettings, name: str, port: int) -> EdgeSettings:
    """What a worker has for itself: a name, a port, and files that no other writes."""
    log, folder = settings.access_log, settings.disk.folder
    if log is not None and str(log) != "-":
        log = log.with_name(f"{log.stem}.{name}{log.suffix}")
    return replace(
        settings,
        cache=replace(settings.cache, node_name=name),
        disk=replace(settings.disk, folder=None if folder is None else folder / name),
        access_log=log,
        listen_port=port,
        shares_port=True,
        workers=1,
        worker_port=0,
    )


def _process(settings: EdgeSettings) -> NodeProcess:
    fds = (*settings.public_fds, *settings.tls.fds)
    first = encoded(settings)
    return NodeProcess(settings.name, ["edge-worker"], os.environ, None, None, fds=fds, first=first)
