"""The origin server: its parts wired, started, drained and stopped.

`Origin` is for other rooms and tests; `run` is the process of `headwater origin`. One origin at a time
holds the folder's event log.
"""

import asyncio
import json
import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, suppress

import uvloop
from aiohttp import web

from eventbus.clock import wall_clock_ms
from eventbus.events import Record
from eventbus.hub import Hub
from eventbus.log import EventLog
from origin.admin import Admin
from origin.authorization import guarded
from origin.books import Books
from origin.delivery import Delivery
from origin.errors import AssetExistsError
from origin.face import Face
from origin.reconcile import missing_events, published
from origin.settings import OriginSettings
from origin.storage import LocalStorage

_log = logging.getLogger(__name__)

LOG_FILE = "events.log"

_BACKLOG = 1_024
_BATCH_RECORDS = 1_000
_CUT_OFF_S = 1.0
"""For requests that outlasted the drain to notice that they were cancelled."""


class Origin:
    """One origin. `start` returns when it listens, `stop` when the last request has ended."""

    def __init__(self, settings: OriginSettings, now_ms: Callable[[], int] = wall_clock_ms) -> None:
        self.settings = settings
        self.url = ""
        self._now_ms = now_ms
        self._draining = False
        self._closing = AsyncExitStack()

    async def start(self) -> str:
        """Listen; the base URL. Raises `LogError` or `OSError`, and then holds nothing."""
        try:
            await self._start()
        except BaseException:
            await self._closing.aclose()
            raise
        return self.url

    async def stop(self) -> None:
        """Take no new connections, let requests end, then let go of everything."""
        self._draining = True
        await self._closing.aclose()

    def why_not_ready(self) -> str | None:
        """What keeps this origin from serving as it should, or None."""
        return "draining" if self._draining else None

    async def _start(self) -> None:
        settings = self.settings
        settings.folder.mkdir(parents=True, exist_ok=True)
        storage, log = LocalStorage(settings.folder), EventLog(settings.folder / LOG_FILE)
        self._closing.callback(log.close)
        if log.torn_bytes:
            _log.warning("%s: cut off %d bytes that a crash left unfinished", log.path, log.torn_bytes)
        await asyncio.to_thread(_reconcile, log, storage, self._now_ms())
        books = Books(settings.name, settings.access_log, self._now_ms)
        self._closing.callback(books.close)
        hub = Hub(log, max_staleness_ms=settings.max_staleness_ms, now_ms=self._now_ms)
        books.watch(hub)
        face = Face(self._now_ms, self.why_not_ready, books.figures)
        face.app.add_routes(Delivery(storage, self._now_ms).routes())
        face.app.add_routes(Admin(settings, storage, hub, books, self._now_ms).routes())
        face.app.router.add_get("/bus", guarded(settings.token, hub.handle))
        site = await self._listen(face.app, books)
        self._closing.push_async_callback(self._drain, site, face, hub)
        await hub.start()

    async def _listen(self, app: web.Application, books: Books) -> web.TCPSite:
        settings = self.settings
        runner = web.AppRunner(app, access_log_class=books.logger_class(), shutdown_timeout=_CUT_OFF_S)
        self._closing.push_async_callback(runner.cleanup)
        await runner.setup()
        site = web.TCPSite(runner, settings.listen_host, settings.listen_port, backlog=_BACKLOG)
        await site.start()
        host = f"[{settings.listen_host}]" if ":" in settings.listen_host else settings.listen_host
        self.url = f"http://{host}:{runner.addresses[0][1]}"
        return site

    async def _drain(self, site: web.TCPSite, face: Face, hub: Hub) -> None:
        """Before aiohttp's own shutdown, which would read no further byte of an upload under way.

        The bus stays until the end, since a purge under way waits for what edges say on it.
        """
        await site.stop()
        with suppress(TimeoutError):
            await asyncio.wait_for(face.idle(), self.settings.drain_ms / 1_000)
        await hub.stop()


def _reconcile(log: EventLog, storage: LocalStorage, now_ms: int) -> None:
    """Append what a crash kept out of the log."""
    said = published(_records(log))
    stored = {asset.id: asset.version for asset in storage.list().assets}
    for asset_id in said.keys() - stored.keys():
        try:
            storage.require_free(asset_id)
        except AssetExistsError:
            stored[asset_id] = said[
                asset_id
            ]  # damaged, but not deleted: what edges hold of it is still right
    for event in missing_events(said, stored):
        record = log.append(event, now_ms)
        _log.info("%s lacked what storage shows; appended %s", log.path, record.event)


def _records(log: EventLog) -> Iterator[Record]:
    position = 0
    while batch := log.read(position, _BATCH_RECORDS):
        yield from batch
        position = batch[-1].position


def run(settings: OriginSettings) -> None:
    """Run an origin until SIGTERM or SIGINT; one JSON line on standard output says where it listens.

    Raises `LogError` or `OSError` when it can't begin.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings))


async def _serve(settings: OriginSettings) -> None:
    origin, asked_to_stop = Origin(settings), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked_to_stop.set)
    await origin.start()
    line = {"event": "listening", "role": "origin", "name": settings.name, "url": origin.url}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    await asked_to_stop.wait()
    await origin.stop()
