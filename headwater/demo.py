"""The demo: a tier of processes, a clip published and played through it, a purge, a load, one table.

Everything is measured on the running tier; nothing here knows what the figures should be.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from headwater.cluster import Cluster
from headwater.console import err, out, progress
from headwater.tally import tally
from loadtest.report import LoadtestReport
from loadtest.run import run_loadtest
from loadtest.settings import LoadtestSettings

ASSET = "demo"
_LOAD_SECONDS = 20
_LEAST_LOAD_SECONDS = 4
# What is left for stopping Locust and reading the figures, when the demo has an end.
_CLOSING_SECONDS = 6


class DemoError(Exception):
    """A step of the demo did not show what it was to show."""


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """What the demo shows, and for how long."""

    file: Path | None = None
    """The video; a clip is made when there is none."""
    seconds: int | None = None
    """How long it all takes; None until it is stopped."""
    users: int = 12
    """Viewers of the load."""


class Demo:
    """One run, on a cluster that has started."""

    def __init__(self, cluster: Cluster, settings: DemoSettings) -> None:
        self._cluster = cluster
        self._settings = settings
        self._began = time.monotonic()
        self._purge_ms: float | None = None
        self._load: LoadtestReport | None = None
        self.player_url = f"{cluster.edge_urls[0]}/player/?asset={ASSET}"

    async def run(self, show: Callable[[dict[str, Any]], None]) -> None:
        """All steps; ``show`` is given the figures when they are complete."""
        steps: tuple[Callable[[], Awaitable[None]], ...] = (
            self._publish,
            self._show_addresses,
            self._show_cache,
            self._show_purge,
            self._show_load,
        )
        for step in steps:
            await step()
        if self._settings.seconds is None:
            show(await self.figures())
            err.print(f"Still serving: {self.player_url}\nCtrl-C ends it.")
            await asyncio.Event().wait()
        await asyncio.sleep(max(0.0, self._left_s()))
        show(await self.figures())

    async def figures(self) -> dict[str, Any]:
        """What the table shows, read from the running tier."""
        sums, load = await tally(self._cluster.edge_urls), self._load
        return {
            "requests": sums.requests,
            "errors": sums.errors,
            "hit_ratio": round(sums.hit_ratio, 4),
            "origin_bytes": sums.origin_bytes,
            "client_bytes": sums.client_bytes,
            "origin_requests": sums.origin_requests,
            "purge_ms": self._purge_ms,
            "edges": len(self._cluster.edges),
            "player_url": self.player_url,
            "startup_p50_ms": None if load is None else load.startup_p50_ms,
            "rebuffer_ratio": None if load is None else load.rebuffer_ratio,
            "load_requests": None if load is None else load.requests,
            "load_errors": None if load is None else load.errors,
        }

    def _left_s(self) -> float:
        assert self._settings.seconds is not None
        return self._settings.seconds - (time.monotonic() - self._began)

    async def _publish(self) -> None:
        from origin.clip import make_clip

        file = self._settings.file
        if file is None:
            file = self._cluster.folder / "clip.mp4"
            with progress("making a clip") as tick:
                await make_clip(file, on_progress=tick)
        with progress(f"encoding {file.name}") as tick:
            asset = await self._cluster.control.publish(file, ASSET, tick)
        seconds = asset["duration_ms"] / 1000
        out.print(f"published  {ASSET}: {seconds:.0f} s, encoded once for HLS and DASH")

    async def _show_addresses(self) -> None:
        out.print(f"player     {self.player_url}")
        for node in self._cluster.edges:
            base = f"{node.url}/vod/{ASSET}"
            out.print(f"{node.name}     {base}/master.m3u8  {base}/manifest.mpd")

    async def _show_cache(self) -> None:
        """Both manifests through every edge, twice: fetched once, then from memory."""
        for path in (f"/vod/{ASSET}/master.m3u8", f"/vod/{ASSET}/manifest.mpd"):
            for url in self._cluster.edge_urls:
                await self._status_of(url + path)
                said = await self._status_of(url + path)
                if "; hit" not in said:
                    raise DemoError(f"{url}{path} was asked for twice and is no hit: {said}")
            out.print(f"cached     {path}: {said}")

    async def _show_purge(self) -> None:
        """A purge reaches every edge, and takes out the copy that each of them had."""
        path = f"/vod/{ASSET}/master.m3u8"
        before = (await tally(self._cluster.edge_urls)).purged
        result = await self._cluster.control.purge({"url": path})
        confirmed = {edge["name"]: edge for edge in result["edges"] if edge["state"] == "confirmed"}
        missing = [node.name for node in self._cluster.edges if node.name not in confirmed]
        if missing:
            raise DemoError(f"the purge was not confirmed by {', '.join(missing)}")
        self._purge_ms = max(edge["after_ms"] for edge in confirmed.values())
        each = ", ".join(f"{name} {edge['after_ms']:.1f} ms" for name, edge in sorted(confirmed.items()))
        # Each edge had it: the hits before said so. What they serve from now on was fetched anew.
        gone = (await tally(self._cluster.edge_urls)).purged - before
        if gone < len(self._cluster.edges):
            raise DemoError(f"the purge took {gone} copies out, and {len(self._cluster.edges)} were stored")
        out.print(f"purged     {path}: {gone} copies; {each}")
        out.print(f"fetched    {path}: {await self._status_of(self._cluster.edge_urls[0] + path)}")

    async def _show_load(self) -> None:
        seconds = self._load_seconds()
        if seconds < _LEAST_LOAD_SECONDS:
            err.print("no time is left for the load")
            return
        settings = LoadtestSettings(
            edges=tuple(self._cluster.edge_urls),
            assets=(ASSET,),
            users=self._settings.users,
            spawn_rate=self._settings.users / 2,
            seconds=seconds,
        )
        with progress(f"{settings.users} Locust players for {seconds} s") as tick:
            self._load = await run_loadtest(settings, lambda so_far: tick(min(1.0, so_far.seconds / seconds)))

    def _load_seconds(self) -> int:
        if self._settings.seconds is None:
            return _LOAD_SECONDS
        return min(_LOAD_SECONDS, int(self._left_s()) - _CLOSING_SECONDS)

    async def _status_of(self, url: str) -> str:
        """The Cache-Status of a GET. Raises DemoError for anything but a 200."""
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            await response.read()
            if response.status != 200:
                raise DemoError(f"{url}: {response.status}, {response.headers.get('Cache-Status', '')}")
            return response.headers.get("Cache-Status", "no Cache-Status")
