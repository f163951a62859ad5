"""What every request of a node shares: the cache, the bodies, the way upstream, and the books."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from caching import Cache, Dropped, Entry, Exchange, Outcome, Record
from caching.badge import Badge
from caching.reasons import CutOff
from edge.accesslog import AccessLine, AccessLog
from edge.bodies import BodyStore
from edge.client import Client
from edge.clock import Clock, Timing
from edge.counters import Counters
from edge.membership import Membership
from edge.settings import EdgeSettings
from edge.tiered import TieredBodies
from edge.upstream import Upstream


class Shell:
    """One node's working parts. ``on_record`` is told of each exchange that is over, in that order."""

    def __init__(self, settings: EdgeSettings, now_ms: Clock) -> None:
        self.settings = settings
        self.now_ms = now_ms
        self.counters = Counters()
        self.tiered = TieredBodies(settings, self._on_dropped) if settings.disk.folder else None
        """The bodies, if there is a disk below memory."""
        self.bodies = BodyStore() if self.tiered is None else self.tiered
        self.cache = Cache(settings.cache, self._on_dropped) if self.tiered is None else self.tiered.cache
        peers, retry_ms = dict(settings.peers), settings.upstream.peer_retry_ms
        self.membership = Membership(settings.name, settings.weight, peers, retry_ms)
        self.badge = Badge(settings.name, settings.token)
        self.upstream = Upstream(settings, self.membership, self.badge, self.counters, now_ms)
        self.log = AccessLog(settings.access_log)
        self.on_record: Callable[[Record], None] | None = None
        self.write_up: Callable[[], None] = lambda: None
        """Brings the counters and the access log up to date, where they lag behind (``edge.ledger``)."""
        self.draining = False
        """Whether the node is going: no connection may be used again after its next answer."""
        self.arrived = 0
        """Requests that have come to the cache so far."""
        self._active = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._tasks: set[asyncio.Task[None]] = set()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Holds the node busy for as long as a request is under way."""
        self.arrived += 1
        self._enter()
        try:
            yield
        finally:
            self._leave()

    async def idle(self) -> None:
        """Return when no exchange is under way, background ones included."""
        await self._idle.wait()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something beside the request that asked for it; the node is busy from this moment on."""
        self._enter()
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: self._leave())
        return task

    def finished(self, exchange: Exchange, who: str, client: Client | None, timing: Timing) -> None:
        """Enter a finished exchange in the books."""
        record, took_ms = exchange.record, timing.took_ms()
        sent_bytes = 0 if client is None else client.sent_bytes
        self.counters.on_finished(record, who, sent_bytes, took_ms)
        self.write_up()  # first come those that came first
        self.log.write(
            AccessLine(
                at_ms=timing.at_ms,
                node=self.settings.name,
                who=who,
                client="" if client is None else client.address,
                method=exchange.request.method,
                key=record.key,
                status=0 if client is None else client.status,
                outcome=record.outcome.value,
                reason=record.reason.value,
                bytes=sent_bytes,
                ms=round(took_ms, 3),
                position=record.position,
                not_stored=None if record.not_stored is None else record.not_stored.value,
                evicted=len(record.evicted),
                upstream_bytes=record.upstream_bytes,
                range=record.span or exchange.request.headers.get("range"),
                cut_off=self._cut_off_of(client),
            )
        )
        if self.on_record is not None:
            self.on_record(record)

    def _cut_off_of(self, client: Client | None) -> str | None:
        return None if client is None else self.counted_cut_off(client.cut_off)

    def counted_cut_off(self, why: CutOff | None) -> str | None:
        """Count that a client did not get an answer to its end, if it didn't; how the log calls it."""
        if why in (CutOff.CLIENT_LEFT, CutOff.BODY_BROKEN):  # the others were counted when they were found
            self.counters.cut_off[why.value] += 1
        return None if why is None else why.value

    def refused(self, error: str, address: str, *, method: str = "", target: str = "", status: int) -> None:
        """Enter a request that was refused before it came to an exchange."""
        self.counters.requests["client", Outcome.REFUSED.value, error] += 1
        self.log.write(
            AccessLine(
                at_ms=self.now_ms(),
                node=self.settings.name,
                who="client",
                client=address,
                method=method,
                key=target,
                status=status,
                outcome=Outcome.REFUSED.value,
                reason=error,
                bytes=0,
                ms=0,
                position=self.cache.position,
            )
        )

    async def stop(self) -> None:
        """End what still runs in the background, and close the books when the last has been entered."""
        for task in tuple(self._tasks):
            task.cancel()
        await self.idle()
        self.upstream.stop()
        self.write_up()
        self.log.close()

    def _enter(self) -> None:
        self._active += 1
        self._idle.clear()

    def _leave(self) -> None:
        self._active -= 1
        if self._active == 0:
            self._idle.set()

    def _on_dropped(self, entry: Entry, cause: Dropped) -> None:
        self.bodies.drop(entry.serial)
        self.counters.on_dropped(cause)
