"""A viewer under virtual time: drives the same player as the load test, through a simulated client."""

from __future__ import annotations

from random import Random
from typing import assert_never
from urllib.parse import urlsplit

from caching import Failure as UpstreamFailure
from loadtest.player import Player
from loadtest.session import Done, Failure, Get, PlayerSettings, Wait
from simulator.client import SimClient
from simulator.report import Session
from simulator.task import sleep
from simulator.world import World

_FAILURES = {UpstreamFailure.TIMEOUT: Failure.TIMEOUT}


class Viewer:
    """One viewer of the asset whose multivariant playlist is at ``path``."""

    def __init__(
        self,
        world: World,
        path: str,
        rng: Random,
        *,
        watch_ms: int | None = None,
        settings: PlayerSettings | None = None,
    ) -> None:
        self._world = world
        self._client: SimClient = world.client()
        self._player = Player(
            [f"http://{name}" for name in world.edges],
            path,
            now_ms=world.scheduler.now_ms,
            rng=rng,
            watch_ms=watch_ms,
            settings=settings,
        )

    async def watch(self) -> None:
        """Play until the viewer leaves, the asset ends, or no edge gives what is needed."""
        scheduler = self._world.scheduler
        while True:
            action = self._player.next(scheduler.now_ms)
            match action:
                case Get():
                    await self._get(action)
                case Wait(until_ms):
                    await sleep(scheduler, scheduler.us_until(until_ms))
                case Done():
                    self._world.books.sessions.append(Session(action, self._player.qoe))
                    return
                case _:
                    assert_never(action)

    async def _get(self, get: Get) -> None:
        scheduler, parts = self._world.scheduler, urlsplit(get.url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        started_ms = scheduler.now_ms
        got = await self._client.get(parts.netloc, target)
        self._world.books.on_got(got)
        if got.failure is not None:
            failure = _FAILURES.get(got.failure, Failure.UNREACHABLE)
            self._player.on_error(failure, got.failure.name.lower(), scheduler.now_ms)
            return
        text = self._world.origin.table.text_of(target, got.headers.get("etag"))
        self._player.on_response(got.status, text, got.size_bytes, started_ms, scheduler.now_ms)
