"""A world: one origin, a tier of edges that share a ring, the event log, and whoever asks them.

Everything is wired from one ``WorldSettings``; everything that happens is put in by the caller, at moments
of virtual time: requests, purges, failures. A world begins with a tier that has just heard the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from functools import partial
from random import Random
from typing import Any

from caching import Purge
from simulator.bus import Receipt, SimBus
from simulator.client import SimClient
from simulator.link import Link, Path
from simulator.node import SimEdge
from simulator.origin import SimObject, SimOrigin, Table
from simulator.report import Books, Json
from simulator.scheduler import US_PER_MS, Scheduler
from simulator.sessions import Sessions
from simulator.settings import WorldSettings
from simulator.task import Steps
from simulator.upstream import Route, Timeouts, Upstream


class World:
    """The network and its clock."""

    def __init__(self, settings: WorldSettings, objects: Iterable[SimObject]) -> None:
        self.settings = settings
        self.scheduler = Scheduler(settings.start_ms)
        self.books = Books()
        self.origin = SimOrigin(self.scheduler, Table(objects), settings.origin_bandwidth_bps)
        self.edges = {edge.name: edge for edge in map(self._make_edge, range(1, settings.edges + 1))}
        """The edges by name, in order."""
        self.bus = SimBus(
            self.scheduler, settings.bus_latency_us, settings.max_staleness_ms, peering=settings.peering
        )
        self._doings = Sessions(self.scheduler)
        self._meet()
        self.bus.open(self.edges.values())

    def rng(self, name: str) -> Random:
        """A source of chance of its own for each name, so that one more draw here changes nothing there."""
        return Random(f"{self.settings.seed}:{name}")

    def client(self) -> SimClient:
        """A new client, with a connection of its own."""
        downlink = Link(self.settings.client_bandwidth_bps)
        routes = {
            name: Route(edge, self._path(edge.uplink, downlink, self.settings.client_latency_us))
            for name, edge in self.edges.items()
        }
        timeout_ms = self.settings.client_timeout_ms
        return SimClient(self.scheduler, self.settings.authority, routes, timeout_ms)

    def spawn(self, steps: Steps) -> None:
        """Begin something: a client's requests, a script of failures."""
        self._doings.start(steps)

    def at(self, at_ms: int, happening: Callable[[], object]) -> None:
        """Let something happen ``at_ms`` after the beginning. ``settle`` does not wait for it."""
        delay_us = self.scheduler.us_until(self.settings.start_ms + at_ms)
        self.scheduler.after(delay_us, partial(_only_call, happening))

    def purge(self, purge: Purge) -> Receipt:
        """Publish a purge now."""
        return self.bus.publish(purge)

    def kill(self, name: str) -> None:
        """An edge's process dies."""
        self.edges[name].die()
        self.bus.disconnect(name)

    def revive(self, name: str) -> None:
        """A dead edge comes back: empty, and fenced until it hears the log."""
        edge = self.edges[name]
        lease_until_ms = self.scheduler.now_ms if self.settings.max_staleness_ms else None
        edge.come_back(self.bus.newest, lease_until_ms)
        self.bus.connect(edge)

    def run(self, until_ms: int) -> None:
        """Let time pass up to ``until_ms`` after the beginning."""
        self.scheduler.run(until_ms * US_PER_MS)

    def settle(self) -> None:
        """Let time pass until nothing is under way, background refreshes included."""
        nodes = (self._doings, self.origin.sessions, *(edge.sessions for edge in self.edges.values()))
        self.scheduler.run_while(lambda: any(map(len, nodes)))

    def report(self) -> dict[str, Json]:
        """What happened so far. The same settings and script give the same report, to the last digit."""
        return {
            "settings": _plain(asdict(self.settings)),
            "ran_ms": self.scheduler.now_us // US_PER_MS,
            "origin": {"requests": self.origin.requests, "sent_bytes": self.origin.uplink.carried_bytes},
            "edges": {
                name: {
                    "sent_bytes": edge.uplink.carried_bytes,
                    "received_bytes": edge.downlink.carried_bytes,
                    "stored": len(edge.cache.index),
                    "stored_bytes": edge.cache.index.policy.used_bytes,
                    "position": edge.cache.position,
                }
                for name, edge in self.edges.items()
            },
            "client_bytes": self.books.client_bytes,
            **self.books.summary(),
        }

    def _make_edge(self, number: int) -> SimEdge:
        settings = self.settings
        cache = replace(settings.cache, node_name=f"edge-{number}")
        uplink, downlink = Link(settings.edge_bandwidth_bps), Link(settings.edge_bandwidth_bps)
        origin_path = self._path(self.origin.uplink, downlink, settings.origin_latency_us)
        timeouts = Timeouts(
            settings.origin_head_timeout_ms, settings.peer_head_timeout_ms, settings.peer_retry_ms
        )
        upstream = Upstream(self.scheduler, cache.node_name, Route(self.origin, origin_path), timeouts)
        return SimEdge(self.scheduler, cache, upstream, uplink, downlink, self.books.on_record)

    def _meet(self) -> None:
        """Give every edge a route to every other one."""
        for edge in self.edges.values():
            for peer in self.edges.values():
                if peer is not edge:
                    path = self._path(peer.uplink, edge.downlink, self.settings.peer_latency_us)
                    edge.upstream.peers[peer.name] = Route(peer, path)

    def _path(self, uplink: Link, downlink: Link, latency_us: int) -> Path:
        return Path((uplink, downlink), latency_us, self.settings.chunk_bytes)


def _only_call(happening: Callable[[], object]) -> None:
    happening()


def _plain(value: Any) -> Json:
    """Settings as JSON knows them."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return sorted(value) if isinstance(value, frozenset) else value
