"""The third leg: a real edge node before a real HTTP origin on loopback, with one injected clock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, assert_never

import aiohttp
from yarl import URL

from caching import CacheSettings, Headers, Record, Request
from edge.node import EdgeNode
from edge.settings import EdgeSettings
from simulator.origin import Condition, SimObject
from tests.twin.seen import Seen, broken, seen, size_of
from tests.twin.trace import T0_MS, Advance, Ask, Change, Lease, Publish, Step, Turn

# What aiohttp's client would add by itself.
_NOT_ADDED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class Clock:
    """The wall clock of every part of the leg."""

    def __init__(self) -> None:
        self.now_ms = T0_MS

    def __call__(self) -> int:
        return self.now_ms


class LiveOrigin(Protocol):
    """An HTTP server that can be made to fail, and stays at one address."""

    authority: str

    async def turn(self, condition: Condition) -> None: ...

    def put(self, item: SimObject) -> None: ...


class LiveLeg:
    """One edge. ``sizes`` are the body bytes that the client got, request by request."""

    def __init__(self, origin: LiveOrigin, clock: Clock, cache: CacheSettings) -> None:
        self.sizes: list[int | None] = []
        self._origin = origin
        self._clock = clock
        settings = EdgeSettings(origin_url=f"http://{origin.authority}", cache=cache)
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
                made = [await self._take(step, session) for step in steps]
        finally:
            await self._node.stop()
        return [item for item in made if item is not None]

    async def _take(self, step: Step, session: aiohttp.ClientSession) -> Seen | None:
        cache, now_ms = self._node.cache, self._clock.now_ms
        match step:
            case Ask(request):
                return await self._ask(request, session)
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
        return None

    async def _ask(self, request: Request, session: aiohttp.ClientSession) -> Seen:
        self._records.clear()
        url = URL(self._node.url + request.target, encoded=True)
        try:
            async with session.request(
                request.method, url, headers=[*request.headers], allow_redirects=False
            ) as response:
                body = await response.read()
        except aiohttp.ClientError:
            if self._condition is not Condition.BREAKING:
                raise
        await self._node.idle()
        if self._condition is Condition.BREAKING:
            self.sizes.append(None)
            return broken(self._records)
        self.sizes.append(size_of(response.status, len(body)))
        return seen(self._records, response.status, Headers(response.headers.items()))
