"""Links: how long bytes take from one node to another.

A link sends one chunk after another at its bandwidth, in the order in which they are offered. Whoever has
much to send offers the next chunk when the last has passed, so flows that share a link take turns, chunk by
chunk, and each gets the same share: fair queueing with a quantum of one chunk. A chunk is on all links of
its path at once, and has passed when the slowest let it through; then it takes the path's latency. There
is no loss, no slow start and no handshake (connections are taken to be open), and heads weigh nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from simulator.scheduler import Scheduler
from simulator.task import sleep

_BIT_US = 8 * 1_000_000


class Link:
    """One direction of a node's connection. ``bandwidth_bps`` in bits per second; 0 is unlimited."""

    __slots__ = ("_began_us", "_free_us", "_queued_bytes", "bandwidth_bps", "carried_bytes")

    def __init__(self, bandwidth_bps: int) -> None:
        if bandwidth_bps < 0:
            raise ValueError(f"bandwidth_bps: must not be negative, not {bandwidth_bps}")
        self.bandwidth_bps = bandwidth_bps
        self.carried_bytes = 0
        self._free_us = 0
        self._began_us = 0
        self._queued_bytes = 0

    def reserve(self, now_us: int, size_bytes: int) -> int:
        """Queue a chunk; when the last bit of it will have passed."""
        self.carried_bytes += size_bytes
        if not self.bandwidth_bps:
            return now_us
        if now_us > self._free_us:
            self._began_us, self._queued_bytes = now_us, 0
        # Rounded up once for all that is queued without a gap, so that chunks cost no extra microseconds.
        self._queued_bytes += size_bytes
        self._free_us = self._began_us - (-self._queued_bytes * _BIT_US // self.bandwidth_bps)
        return self._free_us

    def __repr__(self) -> str:
        return f"Link({self.bandwidth_bps} bit/s, {self.carried_bytes} bytes carried)"


class Path(NamedTuple):
    """The way of a response's body: the links it shares with others, and the latency of one direction."""

    links: tuple[Link, ...]
    latency_us: int
    chunk_bytes: int

    def next_chunk(self, size_bytes: int) -> int:
        """How much of what there is to send goes at once: all of it where nothing is limited."""
        limited = any(link.bandwidth_bps for link in self.links)
        return min(size_bytes, self.chunk_bytes) if limited else size_bytes

    async def carry(self, scheduler: Scheduler, size_bytes: int) -> None:
        """Send one chunk; returns when it has passed every link (and is the latency away)."""
        now_us = scheduler.now_us
        passed_us = max(link.reserve(now_us, size_bytes) for link in self.links)
        if passed_us > now_us:
            await sleep(scheduler, passed_us - now_us)
