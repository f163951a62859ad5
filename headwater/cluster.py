"""A local tier: one origin and a few edges, each a process, wired by the origin's bus."""

from __future__ import annotations

import asyncio
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from headwater.control import Control
from headwater.process import NodeProcess

_READY_S = 15.0


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """What a local tier is made of. Raises ValueError naming the field that is out of range."""

    folder: Path
    """Holds the origin's storage and the nodes' logs."""
    edges: int = 3
    host: str = "127.0.0.1"
    origin_port: int = 0
    """0 lets the system pick one."""
    edge_port: int = 0
    """The first edge's port, the others follow; 0 lets the system pick them."""
    capacity: str = "256MiB"
    """Memory for bodies, each edge."""
    policy: str = "lru"
    token: str = ""
    """The admin token; made up when empty."""

    def __post_init__(self) -> None:
        if not 1 <= self.edges <= 64:
            raise ValueError(f"edges: from 1 to 64, not {self.edges}")


class Cluster:
    """The running tier; an async context manager that leaves no process behind."""

    def __init__(self, settings: ClusterSettings) -> None:
        self.settings = settings
        self.token = settings.token or secrets.token_urlsafe(24)
        self.folder = settings.folder
        self.origin = self._origin()
        self.edges: list[NodeProcess] = []

    @property
    def edge_urls(self) -> list[str]:
        return [edge.url for edge in self.edges]

    @property
    def control(self) -> Control:
        """The origin's admin API."""
        return Control(self.origin.url, self.token)

    async def __aenter__(self) -> Cluster:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """The origin first, then all edges at once; returns when each of them is ready. Raises NodeError."""
        await self.origin.start()
        self.edges = [self._edge(number) for number in range(self.settings.edges)]
        await asyncio.gather(*(edge.start() for edge in self.edges))
        async with asyncio.timeout(_READY_S):
            await self._wait_for_members()

    async def _wait_for_members(self) -> None:
        """Until every edge has heard the bus (and so knows its peers)."""
        control = self.control
        while not all(await asyncio.gather(*(control.is_ready(url) for url in self.edge_urls))):
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """Edges first, so that the origin hears them say goodbye."""
        await asyncio.gather(*(edge.stop() for edge in self.edges))
        await self.origin.stop()

    def _origin(self) -> NodeProcess:
        arguments = ["origin", "--storage", str(self.folder / "storage")]
        return self._node("origin", arguments, self.settings.origin_port)

    def _edge(self, number: int) -> NodeProcess:
        settings, name = self.settings, f"edge-{number + 1}"
        arguments = [
            *("edge", "--name", name, "--origin", self.origin.url, "--bus", self.origin.url + "/bus"),
            *("--capacity", settings.capacity, "--policy", settings.policy),
            *("--access-log", str(self.folder / f"{name}.access.jsonl")),
        ]
        return self._node(name, arguments, settings.edge_port + number if settings.edge_port else 0)

    def _node(self, name: str, arguments: list[str], port: int) -> NodeProcess:
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "HEADWATER_TOKEN": self.token}
        listen = f"{self.settings.host}:{port}"
        return NodeProcess(name, arguments, environment, self.folder / f"{name}.log", listen)
