"""The second leg: the simulator, with one edge, and a network that takes no time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from caching import CacheSettings, Headers, Purge, Record, Request
from simulator import SimObject, World, WorldSettings
from simulator.client import Got
from simulator.node import Who
from tests.twin.seen import SPOILING, Seen, broken, seen, size_of
from tests.twin.trace import EDGE, T0_MS, Advance, Ask, Change, Crowd, Lease, Publish, Step, Turn


class SimulatedLeg:
    """A world of one edge. ``sizes`` are the body bytes that the client got, request by request."""

    def __init__(self, authority: str, cache: CacheSettings, objects: Iterable[SimObject]) -> None:
        settings = WorldSettings(
            start_ms=T0_MS,
            authority=authority,
            cache=cache,
            client_latency_us=0,
            client_bandwidth_bps=0,
            edge_bandwidth_bps=0,
            origin_latency_us=0,
            origin_bandwidth_bps=0,
            bus_latency_us=0,
            max_staleness_ms=0,
        )
        self.sizes: list[int | None] = []
        self._world = World(settings, objects)
        self._edge = self._world.edges[EDGE]
        self._edge.on_record = self._on_record
        self._client = self._world.client()
        self._records: list[Record] = []
        self._got: dict[int, Got] = {}

    def run(self, steps: Iterable[Step]) -> list[Seen]:
        """Take the steps; what was seen of each request."""
        return [made for step in steps for made in self._take(step)]

    def _take(self, step: Step) -> list[Seen]:
        scheduler = self._world.scheduler
        match step:
            case Ask(request):
                return self._seen_of([request])
            case Crowd(requests):
                return self._seen_of(requests)
            case Advance(ms):
                scheduler.run(scheduler.now_us + ms * 1000)
            case Publish(purge):
                self._publish(purge)
            case Turn(condition):
                self._world.origin.condition = condition
            case Change(item):
                self._world.origin.table.put(item)
            case Lease(ms):
                self._edge.cache.lease_until_ms = None if ms is None else scheduler.now_ms + ms
            case _:
                assert_never(step)
        return []

    def _publish(self, purge: Purge) -> None:
        receipt = self._world.purge(purge)
        self._world.scheduler.run_while(lambda: not receipt.confirmed.is_set)

    def _seen_of(self, requests: Sequence[Request]) -> list[Seen]:
        self._records.clear()
        for number, request in enumerate(requests):
            self._world.spawn(self._ask(number, request))
        self._world.settle()
        gots = [self._got[number] for number in range(len(requests))]
        if self._world.origin.condition in SPOILING:
            self.sizes += [None] * len(requests)
            return broken(self._records, len(requests))
        whole = [got.failure is None for got in gots]
        self.sizes += [
            size_of(got.status, got.size_bytes) if ok else 0 for got, ok in zip(gots, whole, strict=True)
        ]
        told = [
            (got.status, got.headers) if ok else (0, Headers()) for got, ok in zip(gots, whole, strict=True)
        ]
        return seen(self._records, told)

    async def _ask(self, number: int, request: Request) -> None:
        self._got[number] = await self._client.get(
            EDGE, request.target, request.headers, method=request.method
        )

    def _on_record(self, edge: str, who: Who, record: Record) -> None:
        self._records.append(record)
