"""What the origin tests share: a real origin on a folder of its own, and ways to talk to it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from eventbus.clock import wall_clock_ms
from manifests.asset import Asset
from origin.server import Origin
from origin.settings import OriginSettings
from tests.media import QUICK, publish_small_clip

TOKEN = "a-token-for-the-origin-tests"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


def settings_for(folder: Path, **changes: Any) -> OriginSettings:
    return OriginSettings(folder=folder, token=TOKEN, publish=QUICK, **changes)


class Site:
    """A running origin, a client for it, and the small clip that it has published (if it was asked to)."""

    def __init__(self, origin: Origin, http: aiohttp.ClientSession, asset: Asset | None) -> None:
        self.origin = origin
        self.url = origin.url
        self.http = http
        self._asset = asset

    @property
    def asset(self) -> Asset:
        assert self._asset is not None
        return self._asset

    def media(self, tail: str) -> str:
        return f"/vod/{self.asset.id}/{self.asset.version}/{tail}"

    async def get(self, path: str, **headers: str) -> tuple[aiohttp.ClientResponse, bytes]:
        """A GET of `path`; header names are spelled with underscores."""
        return await self.ask("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    async def ask(self, method: str, path: str, **options: Any) -> tuple[aiohttp.ClientResponse, bytes]:
        async with self.http.request(
            method, f"{self.url}{path}", allow_redirects=False, **options
        ) as response:
            return response, await response.read()

    async def admin(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """Status and JSON of a call of the admin API."""
        headers = {**AUTHORIZED, **options.pop("headers", {})}
        response, body = await self.ask(method, path, headers=headers, **options)
        assert response.content_type == "application/json", body
        return response.status, await response.json()

    async def raw(self, request: bytes) -> tuple[int, bytes]:
        """Status and the rest of the answer to bytes sent as they are, on a connection of their own."""
        address = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(request)
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return int(answer.split(b" ", 2)[1]), answer


@asynccontextmanager
async def running(
    folder: Path, *, clip: bool = True, now_ms: Callable[[], int] = wall_clock_ms, **changes: Any
) -> AsyncIterator[Site]:
    """A started origin, stopped at the end."""
    asset = publish_small_clip(folder) if clip else None
    origin = Origin(settings_for(folder, **changes), now_ms)
    await origin.start()
    try:
        async with aiohttp.ClientSession(auto_decompress=False) as http:
            yield Site(origin, http, asset)
    finally:
        await origin.stop()
