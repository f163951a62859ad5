"""The third leg: a real edge node before a real HTTP origin on loopback, with one injected clock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol, assert_never

import aiohttp
from yarl import URL

from caching import CacheSettings, Headers, Record, Request
from edge.node import EdgeNode
from edge.settings import EdgeSettings
from simulator.origin import Condition, SimObject
from tests.twin.seen import SPOILING, Seen, broken, seen, size_of
from tests.twin.trace import T0_MS, Advance, Ask, Change, Crowd, Lease, Publish, Step, Turn

# What aiohttp's client would add by itself.
_NOT_ADDED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class Clock:
    """The wall clock of every part of the leg."""

    def __init__(self) -> None:
        self.now_ms = T0_MS

    def __call__(self) -> int:
        return self.now_ms


Answer = tuple[int, Headers, int]
"""Status, fields, and bytes of the body."""


class LiveOrigin(Protocol):
    """An HTTP server that can be made to fail, and stays at one address."""

    authority: str
    all_there: asyncio.Event
    """Until it is set, an origin that can wait does."""

    async def turn(self, condition: Condition) -> None: ...

    def put(self, item: SimObject) -> None: ...


class LiveLeg:
    """One edge. ``sizes`` are the body bytes that the client got, request by request."""

    def __init__(self, origin: LiveOrigin, clock: Clock, cache: CacheSettings, *, hot_path: bool) -> None:
        self.sizes: list[int | None] = []
        self.prepared = 0
        """Answers of the hot path."""
        self._origin = origin
        self._clock = clock
        settings = EdgeSettings(origin_url=f"http://{origin.authority}", cache=cache, hot_path=hot_path)
        self._node = EdgeNode(settings, now_ms=clock)
        self._records: list[Record] = []
        self._node.on_record(self._records.append)
        self._condition = Condition.UP

    async def run(self, steps: Iterable[Step]) -> list[Seen]:
        """Start the edge, take the steps, stop it; what was seen of each request."""
        await self._node.start()
        jar = aiohttp.DummyCookieJar()
        try:
            async with aiohttp.ClientSession(cookie_jar=jar, skip_auto_headers=_NOT_ADDED) as session:
                return [made for step in steps for made in await self._take(step, session)]
        finally:
            self.prepared = self._node.counters.prepared
            await self._node.stop()

    async def _take(self, step: Step, session: aiohttp.ClientSession) -> list[Seen]:
        cache, now_ms = self._node.cache, self._clock.now_ms
        match step:
            case Ask(request):
                return await self._ask([request], session)
            case Crowd(requests):
                return await self._ask(requests, session)
            case Advance(ms):
                self._clock.now_ms += ms
            case Publish(purge):
                cache.apply_purge(purge, cache.position + 1, now_ms)
            case Turn(condition):
                self._condition = condition
                await self._origin.turn(condition)
            case Change(item):
                self._origin.put(item)
            case Lease(ms):
                cache.lease_until_ms = None if ms is None else now_ms + ms
            case _:
                assert_never(step)
        return []

    async def _ask(self, requests: Sequence[Request], session: aiohttp.ClientSession) -> list[Seen]:
        self._records.clear()
        answers = [await task for task in await self._begin(requests, session)]
        await self._node.idle()
        if self._condition in SPOILING:
            self.sizes += [None] * len(answers)
            return broken(self._records, len(answers))
        self.sizes += [size_of(status, size_bytes) for status, _, size_bytes in answers]
        return seen(self._records, [(status, headers) for status, headers, _ in answers])

    async def _begin(
        self, requests: Sequence[Request], session: aiohttp.ClientSession
    ) -> list[asyncio.Task[Answer]]:
        """Send requests in order, each when the last has come; then let the origin answer."""
        self._origin.all_there.clear()
        before, tasks = self._node.arrived, []
        for request in requests:
            tasks.append(asyncio.create_task(self._get(request, session)))
            while self._node.arrived - before < len(tasks) and not tasks[-1].done():
                await asyncio.sleep(0)
        self._origin.all_there.set()
        return tasks

    async def _get(self, request: Request, session: aiohttp.ClientSession) -> Answer:
        url = URL(self._node.url + request.target, encoded=True)
        try:
            async with session.request(
                request.method, url, headers=[*request.headers], allow_redirects=False
            ) as response:
                size_bytes = len(await response.read())
                return response.status, Headers(response.headers.items()), size_bytes
        except aiohttp.ClientError:
            return 0, Headers(), 0
