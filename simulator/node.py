"""An edge under virtual time: a cache, the bodies as byte counts, the way upstream, and what it is doing.

When it dies, everything that it did ends, and its cache is empty when it comes back.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from weakref import WeakValueDictionary

from caching import Cache, CacheSettings, Dropped, Entry, Exchange, Failure, Purge, Record
from caching.block import BlockExchange
from simulator.body import Body
from simulator.call import Call
from simulator.driver import Driver
from simulator.link import Link
from simulator.scheduler import Scheduler
from simulator.sessions import Sessions
from simulator.task import Signal
from simulator.upstream import Upstream


class Who(Enum):
    """Whom an exchange was for."""

    CLIENT = "client"
    PEER = "peer"
    REFRESH = "refresh"
    """Nobody: a background refresh (RFC 5861 section 3)."""
    BLOCK = "block"
    """All who want a block of an object that is fetched in blocks."""


def _who(exchange: Exchange, call: Call | None) -> Who:
    if call is not None:
        return Who.PEER if exchange.request.from_peer else Who.CLIENT
    return Who.BLOCK if isinstance(exchange, BlockExchange) else Who.REFRESH


OnRecord = Callable[[str, Who, Record], None]
"""Told of each exchange that is over: the edge's name, whom it was for, what became of it."""


class SimEdge:
    """One edge of the tier."""

    def __init__(
        self,
        scheduler: Scheduler,
        settings: CacheSettings,
        upstream: Upstream,
        uplink: Link,
        downlink: Link,
        on_record: OnRecord,
    ) -> None:
        self.name = settings.node_name
        self.cache = Cache(settings, self._on_dropped)
        self.upstream = upstream
        self.uplink = uplink
        """What it sends: to clients and peers."""
        self.downlink = downlink
        """What it is sent by the origin and by peers."""
        self.sessions = Sessions(scheduler)
        self.scheduler = scheduler
        self.bodies: dict[int, Body] = {}
        """Bodies by the serial of their entry, those that are still growing included."""
        self._alive: WeakValueDictionary[int, Body] = WeakValueDictionary()
        self.is_up = True
        self.dropped = dict.fromkeys(Dropped, 0)
        """Entries that left the cache, by cause."""
        self.on_record = on_record

    def die(self) -> None:
        """Stop at once, as a killed process does: connections break, and the memory is gone."""
        self.is_up = False
        self.sessions.kill()
        self.bodies.clear()
        self._alive.clear()

    def come_back(self, position: int, lease_until_ms: int | None) -> None:
        """Start anew with an empty cache, at a position of the event log."""
        self.cache = Cache(self.cache.settings, self._on_dropped)
        self.cache.reset(position)
        self.cache.lease_until_ms = lease_until_ms
        self.is_up = True

    def on_purge(self, purge: Purge, position: int) -> None:
        """A purge has arrived from the event log."""
        self.cache.apply_purge(purge, position, self.scheduler.now_ms)

    def accept(self, call: Call) -> None:
        """A request has arrived."""
        if not self.is_up:
            call.fail(Failure.UNREACHABLE)
            return
        from_peer = self.upstream.badge.proves(call.request.headers)
        self.drive(Exchange(self.cache, call.request._replace(from_peer=from_peer)), call)

    def drive(self, exchange: Exchange, call: Call | None) -> Signal:
        """Start an exchange, for ``call`` or in the background; the signal says when it is over."""
        driver = Driver(self, exchange, call)
        self.sessions.start(self._run(driver, _who(exchange, call)), call)
        return driver.over

    async def _run(self, driver: Driver, who: Who) -> None:
        await driver.run()
        self.on_record(self.name, who, driver.exchange.record)

    def keep(self, serial: int, body: Body) -> None:
        """Store a body under the serial of its entry."""
        self.bodies[serial] = self._alive[serial] = body

    def find(self, serial: int) -> Body | None:
        """A body that is stored, or that someone holds: a leader may validate what was evicted."""
        return self._alive.get(serial)

    def _on_dropped(self, entry: Entry, cause: Dropped) -> None:
        """Let go of a body, after those whom its flight has already told to come for it."""
        self.dropped[cause] += 1
        self.scheduler.after(0, partial(self._forget, entry.serial))

    def _forget(self, serial: int) -> None:
        self.bodies.pop(serial, None)

    def __repr__(self) -> str:
        return f"SimEdge({self.name!r}, {'up' if self.is_up else 'dead'}, {self.cache!r})"
