"""The event log as a tier hears it: purges in order, heartbeats that carry the lease, and who is a member.

An edge that loses its connection misses what is said, and is told on reconnecting from the position that it
had applied. The log's side counts a silent edge as surely fenced once ``max_staleness_ms`` have passed since
the last heartbeat was sent to it; a lease counts from that sending as well, so that the edge itself is
never later. A purge is confirmed when every member has applied it or is fenced.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from functools import partial

from caching import Purge
from hashing import Ring
from simulator.node import SimEdge
from simulator.scheduler import US_PER_MS, Scheduler
from simulator.task import Signal


class Receipt:
    """A purge's way through the tier."""

    __slots__ = ("confirmed", "how", "position", "waiting")

    def __init__(self, position: int, names: tuple[str, ...]) -> None:
        self.position = position
        self.confirmed = Signal()
        self.waiting = dict.fromkeys(names)
        """Members that have neither applied it nor are known to be fenced."""
        self.how: dict[str, Settled] = {}
        """What became of it at each member."""
        self._check()

    def settle(self, name: str, how: Settled) -> None:
        """A member needs no more waiting for."""
        if name in self.waiting:
            del self.waiting[name]
            self.how[name] = how
            self._check()

    def _check(self) -> None:
        if not self.waiting:
            self.confirmed.set()


class Settled(Enum):
    """Why a purge need not wait for a member any more."""

    APPLIED = "applied"
    FENCED = "fenced"
    """Its lease has run out, so it serves nothing unvalidated."""


class _Line:
    """One edge's connection to the log. ``epoch`` counts connections, so that what was said on one that
    broke is known to be lost."""

    __slots__ = ("beat_us", "connected", "edge", "epoch")

    def __init__(self, edge: SimEdge) -> None:
        self.edge = edge
        self.connected = False
        self.epoch = 0
        self.beat_us = 0


class SimBus:
    """The log, its subscribers, and the membership that follows from who is connected or holds a lease."""

    def __init__(
        self, scheduler: Scheduler, latency_us: int, max_staleness_ms: int, *, peering: bool
    ) -> None:
        self._scheduler = scheduler
        self._latency_us = latency_us
        self._max_staleness_ms = max_staleness_ms
        self._beat_every_us = max_staleness_ms * US_PER_MS // 4
        self._peering = peering
        self._log: list[Purge] = []
        self._lines: dict[str, _Line] = {}
        self._members: dict[str, _Line] = {}
        self._receipts: list[Receipt] = []

    @property
    def newest(self) -> int:
        """The position of the newest event; 0 before the first."""
        return len(self._log)

    def open(self, edges: Iterable[SimEdge]) -> None:
        """Begin with these edges connected, as if each had heard a heartbeat at this moment."""
        for edge in edges:
            line = self._lines[edge.name] = self._members[edge.name] = _Line(edge)
            line.connected, line.beat_us = True, self._scheduler.now_us
        for line in self._lines.values():
            self._on_beat(line, line.epoch, self._scheduler.now_ms, self._ring())
        if self._max_staleness_ms:
            self._scheduler.after(self._beat_every_us, self._beat_again)

    def connect(self, edge: SimEdge) -> None:
        """An edge follows the log again, from the position that it has applied."""
        line = self._lines[edge.name]
        line.connected = True
        line.epoch += 1
        self._on_applied(line, line.epoch, edge.cache.position)
        for position in range(edge.cache.position + 1, self.newest + 1):
            self._send(line, position)
        self._members[edge.name] = line
        self._beat()

    def disconnect(self, name: str) -> None:
        """An edge is not heard any more; it stays a member for as long as it may hold a lease."""
        line = self._lines[name]
        line.connected = False
        line.epoch += 1
        lease_end_us = line.beat_us + self._max_staleness_ms * US_PER_MS
        delay_us = max(0, lease_end_us - self._scheduler.now_us)
        self._scheduler.after(delay_us, partial(self._on_lease_end, line, line.epoch))

    def publish(self, purge: Purge) -> Receipt:
        """Append a purge, and push it to whoever is connected."""
        self._log.append(purge)
        receipt = Receipt(self.newest, tuple(self._members))
        self._receipts.append(receipt)
        for line in self._lines.values():
            if line.connected:
                self._send(line, self.newest)
        return receipt

    def _send(self, line: _Line, position: int) -> None:
        self._scheduler.after(self._latency_us, partial(self._deliver, line, line.epoch, position))

    def _deliver(self, line: _Line, epoch: int, position: int) -> None:
        if line.epoch == epoch:
            line.edge.on_purge(self._log[position - 1], position)
            self._scheduler.after(self._latency_us, partial(self._on_applied, line, epoch, position))

    def _on_applied(self, line: _Line, epoch: int, position: int) -> None:
        if line.epoch == epoch:
            for receipt in self._receipts:
                if receipt.position <= position:
                    receipt.settle(line.edge.name, Settled.APPLIED)
            self._receipts = [receipt for receipt in self._receipts if receipt.waiting]

    def _on_lease_end(self, line: _Line, epoch: int) -> None:
        if line.epoch != epoch:
            return
        self._members.pop(line.edge.name, None)
        if self._max_staleness_ms:  # without leases an edge that is cut off serves on, and must be waited for
            for receipt in self._receipts:
                receipt.settle(line.edge.name, Settled.FENCED)
        self._beat()

    def _beat_again(self) -> None:
        self._beat()
        self._scheduler.after(self._beat_every_us, self._beat_again)

    def _beat(self) -> None:
        """Tell everyone who is connected who the members are, and that it may go on."""
        ring = self._ring()
        for line in self._lines.values():
            if line.connected:
                line.beat_us = self._scheduler.now_us
                beat = partial(self._on_beat, line, line.epoch, self._scheduler.now_ms, ring)
                self._scheduler.after(self._latency_us, beat)

    def _ring(self) -> Ring:
        return Ring(dict.fromkeys(self._members, 1))

    def _on_beat(self, line: _Line, epoch: int, sent_ms: int, ring: Ring) -> None:
        if line.epoch != epoch:
            return
        if self._max_staleness_ms:
            line.edge.cache.lease_until_ms = sent_ms + self._max_staleness_ms
        if self._peering:
            line.edge.upstream.ring = ring

    def __repr__(self) -> str:
        return f"SimBus({len(self._members)} members, at {self.newest})"
