"""The real origin with a small published clip, as a leg of the twin test needs it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from caching import Headers
from manifests.asset import Asset, init_uri, segment_uri
from origin.server import Origin
from origin.settings import OriginSettings
from simulator.origin import Condition, SimObject
from tests.media import publish_small_clip
from tests.twin.live import Clock

ABSENT = tuple(f"/nothing/{number}" for number in range(5))
"""Targets of requests for what is not there; what is said of them may be stored as well."""

# Made anew for each response, and not part of the object.
_PASSING = ("date", "content-length", "connection")


class PublishedOrigin:
    """Listens on a port that it keeps when it is stopped and started again."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.asset = publish_small_clip(folder)
        self.authority = ""
        self.all_there = asyncio.Event()
        self._settings = OriginSettings(folder=folder, token="a-token-for-the-twin-test")
        self._clock = clock
        self._origin: Origin | None = None

    async def start(self) -> None:
        """Listen."""
        self._origin = Origin(self._settings, now_ms=self._clock)
        self.authority = urlsplit(await self._origin.start()).netloc
        self._settings = replace(self._settings, listen_port=int(self.authority.rpartition(":")[2]))

    async def stop(self) -> None:
        """Close every connection."""
        if self._origin is not None:
            origin, self._origin = self._origin, None
            await origin.stop()

    async def turn(self, condition: Condition) -> None:
        """Go down, or come up again; a real origin cannot be told to fail otherwise."""
        assert condition in (Condition.UP, Condition.DOWN)
        if condition is Condition.DOWN:
            await self.stop()
        elif self._origin is None:
            await self.start()

    def put(self, item: SimObject) -> None:
        """What is published does not change under its name."""
        raise AssertionError(f"{item.target} cannot be changed")

    async def survey(self) -> list[SimObject]:
        """Every object as the origin serves it, for the legs that have no real origin."""
        async with aiohttp.ClientSession(f"http://{self.authority}", auto_decompress=False) as session:
            return [await _object(session, target) for target in (*targets_of(self.asset), *ABSENT)]


def targets_of(asset: Asset) -> list[str]:
    """What players of an asset ask for: manifests first, then the page, then the media."""
    manifests = ["master.m3u8", *(f"{rendition.id}.m3u8" for rendition in asset.renditions), "manifest.mpd"]
    media = [
        uri
        for rendition in asset.renditions
        for uri in (
            init_uri(asset, rendition),
            *(segment_uri(asset, rendition, segment.number) for segment in rendition.segments),
        )
    ]
    of_asset = [f"/vod/{asset.id}/{uri}" for uri in (*manifests, *media)]
    return [*of_asset[: len(manifests)], "/player/", "/player/player.js", *of_asset[len(manifests) :]]


async def _object(session: aiohttp.ClientSession, target: str) -> SimObject:
    async with session.get(target) as response:
        size_bytes = len(await response.read())
        headers = Headers(response.headers.items()).without(_PASSING)
        return SimObject(target, size_bytes, headers, status=response.status)
