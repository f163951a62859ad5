"""A caching proxy as an application developer writes it: aiohttp, cachetools, uvloop, an afternoon.

``python -m bench.plain ORIGIN_URL PORT CAPACITY_BYTES``. It is right for the bench's origin and for few
others: it heeds max-age and no-store, and knows nothing of Vary, ranges, revalidation, collapsing or purges.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from typing import NamedTuple

import aiohttp
import uvloop
from aiohttp import web
from cachetools import LRUCache

from headwater.process import stop_with_parent


class Stored(NamedTuple):
    """A response, and until when it may be served, in seconds of the monotonic clock."""

    status: int
    content_type: str
    body: bytes
    until_s: float


class Proxy:
    """Called for each request."""

    def __init__(self, origin_url: str, capacity_bytes: int) -> None:
        self._origin_url = origin_url
        self._cache: LRUCache[str, Stored] = LRUCache(capacity_bytes, getsizeof=lambda one: len(one.body))
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        stored = self._cache.get(request.path_qs)
        if stored is None or stored.until_s < time.monotonic():
            stored = await self._fetch(request.path_qs)
        return web.Response(status=stored.status, body=stored.body, content_type=stored.content_type)

    async def _fetch(self, path: str) -> Stored:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=256))
        async with self._session.get(self._origin_url + path) as response:
            control = response.headers.get("Cache-Control", "")
            found = re.search(r"max-age=(\d+)", control)
            max_age_s = 0 if found is None or "no-store" in control else int(found[1])
            body, until_s = await response.read(), time.monotonic() + max_age_s
            stored = Stored(response.status, response.content_type, body, until_s)
        if max_age_s and len(body) <= self._cache.maxsize:
            self._cache[path] = stored
        return stored

    async def stop(self) -> None:
        """Close what is open to the origin."""
        if self._session is not None:
            await self._session.close()


async def serve(origin_url: str, port: int, capacity_bytes: int) -> None:
    """Listen until the process is told to stop."""
    runner = web.ServerRunner(web.Server(Proxy(origin_url, capacity_bytes)))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    stop_with_parent()
    uvloop.run(serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
