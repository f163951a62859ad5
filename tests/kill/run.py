"""The run: start, ask for what was there before without the origin, load, kill; and again."""

from __future__ import annotations

import asyncio
import os
import random
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import aiohttp

from headwater.process import NodeError, NodeProcess
from tests.kill.clients import Answer, Clients
from tests.kill.content import Content, Kind
from tests.kill.origin import Origin
from tests.kill.report import Life, Report

_PROBES = 100
_CLIENTS = 6
_AT_START = 0.1
"""How many of the kills come before the edge listens."""


class Setup(NamedTuple):
    """What is to be run. Sizes as ``headwater edge`` takes them."""

    folder: Path
    """Where the disk of the edge is, and its log."""
    seed: int
    kills: int
    objects: int = 1000
    memory: str = "1MiB"
    disk: str = "8MiB"
    admission: str = "all"
    """Everything is written, so that every kill meets writes; evictions too, for not all of it has room."""
    least_s: float = 0.1
    most_s: float = 1.0
    """For how long there is load before a kill."""


class Run:
    """One edge, killed again and again. ``progress`` is told of each kill."""

    def __init__(self, setup: Setup, progress: Callable[[Report], None] = lambda report: None) -> None:
        self._setup, self._progress = setup, progress
        self._dice = random.Random(setup.seed)
        self._content = Content(setup.seed, setup.objects)
        self._origin = Origin(self._content)
        self._report = Report(setup.seed)
        self._last: list[Answer] = []
        """What the life before answered last, of what may be served without the origin."""
        self._before: dict[str, float] = {}
        """The figures of the life before, shortly before its death."""

    async def run(self) -> Report:
        """All kills, and one more life in which what is left is looked at. Raises NodeError."""
        setup = self._setup
        setup.folder.mkdir(parents=True, exist_ok=True)
        await self._origin.start()
        arguments = ["edge", "--origin", self._origin.url, "--name", "killed", "--slices", "64KiB"]
        arguments += ["--capacity", setup.memory, "--disk", str(setup.folder / "disk")]
        arguments += ["--disk-capacity", setup.disk, "--disk-admission", setup.admission]
        edge = NodeProcess("edge", arguments, os.environ, setup.folder / "log", "127.0.0.1:0")
        try:
            while not await self._live(edge):
                self._progress(self._report)
            return self._report
        finally:
            await edge.kill()
            await self._origin.stop()

    async def _live(self, edge: NodeProcess) -> bool:
        """Start, probe without the origin, and die under load; True for the last life, which does not."""
        await self._origin.stop()
        if 0 < self._report.kills < self._setup.kills and self._dice.random() < _AT_START:
            await self._kill_at_start(edge)
        life = await self._begin(edge)
        clients = Clients(self._content, edge.url, self._dice)
        self._judge(life, await self._probe(life, clients))
        await self._origin.start()
        loading = asyncio.create_task(clients.load(_CLIENTS))
        for _ in range(3):
            await asyncio.sleep(self._dice.uniform(self._setup.least_s, self._setup.most_s) / 3)
            self._content.change(self._dice)
        self._before = await figures_of(edge.url)
        life.written = int(self._before["disk_writes_total"])
        is_last = self._report.kills >= self._setup.kills
        if not is_last:
            await edge.kill()
            self._report.kills += 1
        clients.stopping = True
        await loading
        self._judge(life, [answer for answer in clients.answers if answer.status])
        self._remember(clients.answers)
        return is_last

    def _remember(self, answers: list[Answer]) -> None:
        """What the next life is asked for again, and the figures that only this one has."""
        able = [answer for answer in answers if answer.ask.item.kind is not Kind.CHECKED]
        self._last = [answer for answer in able if answer.served][-_PROBES:]
        for name, value in self._before.items():
            if name.startswith("disk_write_failures"):
                why = name.partition('"')[2].rstrip('"}')
                self._report.failures[why] = self._report.failures.get(why, 0) + int(value)

    async def _begin(self, edge: NodeProcess) -> Life:
        began = time.perf_counter()
        await edge.start()
        start_ms = (time.perf_counter() - began) * 1000
        figures = await figures_of(edge.url)
        found, before = int(figures["disk_found"]), int(self._before.get("disk_objects", 0))
        life = Life(start_ms, found, figures["disk_start_seconds"] * 1000, lost=max(0, before - found))
        self._report.lives.append(life)
        return life

    async def _probe(self, life: Life, clients: Clients) -> list[Answer]:
        answers = await clients.ask([answer.ask for answer in self._last])
        life.probes = len(answers)
        life.hits_before = sum(answer.hit for answer in self._last)
        life.served_after = sum(answer.served for answer in answers)
        return answers

    async def _kill_at_start(self, edge: NodeProcess) -> None:
        """Kill it while it looks at what is on disk."""
        starting = asyncio.create_task(edge.start())
        await asyncio.sleep(self._dice.uniform(0.2, 1.5))
        await edge.kill()
        with suppress(NodeError):
            await starting
        self._report.kills += 1
        self._report.kills_at_start += 1

    def _judge(self, life: Life, answers: list[Answer]) -> None:
        life.requests += len(answers)
        life.broken_off += sum(not answer.whole for answer in answers)
        life.wrong += [f"{answer.ask}: {answer.wrong}" for answer in answers if answer.wrong is not None]


async def figures_of(url: str) -> dict[str, float]:
    """The metrics of an edge, by their names without what they have in common."""
    async with aiohttp.ClientSession() as session, session.get(url + "/metrics") as response:
        text = await response.text()
    lines = (re.fullmatch(r"headwater_edge_(\S+) (\S+)", line) for line in text.splitlines())
    return {line[1]: float(line[2]) for line in lines if line is not None}
