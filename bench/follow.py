"""Reading while it is written: how far clients of one edge lag behind a segment that is still being produced.

The origin produces a segment chunk by chunk, its length unknown, as a packager of low-latency CMAF does.
Clients ask for it a little after one another. A cache that joins them and streams has one request upstream
and gives each the first byte at once; one that waits for the end gives it when the segment is over.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
from aiohttp import web

from bench.proxies import Starter


class FollowError(Exception):
    """A client did not get what the origin produced."""


@dataclass(frozen=True, slots=True)
class FollowSettings:
    """What is produced and who asks. Raises ValueError naming the field that is out of range."""

    chunks: int = 10
    chunk_ms: int = 200
    chunk_bytes: int = 100_000
    clients: int = 20
    apart_ms: int = 30
    """From one client's request to the next one's."""
    rounds: int = 3
    """Segments, one after another; the figures are the worst of all."""

    def __post_init__(self) -> None:
        for field, least in (
            ("chunks", 1),
            ("chunk_ms", 0),
            ("chunk_bytes", 1),
            ("clients", 2),
            ("rounds", 1),
        ):
            if getattr(self, field) < least:
                raise ValueError(f"{field}: at least {least}, not {getattr(self, field)}")
        if self.apart_ms < 0:
            raise ValueError(f"apart_ms: at least 0, not {self.apart_ms}")


@dataclass(frozen=True, slots=True)
class FollowRow:
    """One proxy. Times are in milliseconds and of the worst round."""

    proxy: str
    origin_requests: int
    """For each segment, the most."""
    first_byte_ms: tuple[float, ...]
    """For each client, from its request to the first byte of the body, the connection included."""
    median_first_byte_ms: float
    worst_first_byte_ms: float
    worst_lag_ms: float
    """Of any chunk at any client behind the first client, or behind its own request if that came later."""
    age_while_filling: bool
    """Every client that came while the segment was produced was told its Age."""
    age_when_complete: bool

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


class _Segment:
    """What an origin produces from its first request on; who asks later gets what there is at once."""

    def __init__(self, settings: FollowSettings) -> None:
        self.settings = settings
        self.requests = 0
        self._began_s: float | None = None

    async def produced(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        self.requests += 1
        if self._began_s is None:
            self._began_s = loop.time()
        for number in range(self.settings.chunks):
            await asyncio.sleep(self._began_s + number * self.settings.chunk_ms / 1000 - loop.time())
            yield bytes([number % 256]) * self.settings.chunk_bytes


class _Seen(NamedTuple):
    """What a client saw, in seconds of the loop's clock."""

    asked_s: float
    first_byte_s: float
    chunk_s: list[float]
    """When the last byte of each chunk was there."""
    age: bool


async def measure(name: str, start: Starter, settings: FollowSettings) -> FollowRow:
    """The segments through one proxy. Raises what its starter raises, and FollowError."""
    segments: dict[str, _Segment] = {}
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder:
        runner = web.AppRunner(_origin(segments, settings), shutdown_timeout=0)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            port = runner.addresses[0][1]
            async with (
                start(f"http://127.0.0.1:{port}", Path(folder)) as url,
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True)) as session,
            ):
                rounds = [
                    await _round(session, f"{url}/segment-{number}", settings)
                    for number in range(settings.rounds)
                ]
        except aiohttp.ClientError as error:
            raise FollowError(f"{name}: {error!r}") from error
        finally:
            await runner.cleanup()
    return _row(name, rounds, max(segment.requests for segment in segments.values()))


def _origin(segments: dict[str, _Segment], settings: FollowSettings) -> web.Application:
    async def produce(request: web.Request) -> web.StreamResponse:
        segment = segments.setdefault(request.path, _Segment(settings))
        response = web.StreamResponse(headers={"Cache-Control": "max-age=60", "Content-Type": "video/mp4"})
        await response.prepare(request)  # without a length: chunked
        async for chunk in segment.produced():
            await response.write(chunk)
        return response

    app = web.Application()
    app.router.add_get("/{name}", produce)
    return app


async def _round(
    session: aiohttp.ClientSession, url: str, settings: FollowSettings
) -> tuple[list[_Seen], bool]:
    """One segment to all clients, and whether it has an Age when it is complete."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    clients = []
    for number in range(settings.clients):
        await asyncio.sleep(began_s + number * settings.apart_ms / 1000 - loop.time())
        clients.append(asyncio.create_task(_client(session, url, settings)))
    seen = await asyncio.gather(*clients)
    return seen, (await _client(session, url, settings)).age


async def _client(session: aiohttp.ClientSession, url: str, settings: FollowSettings) -> _Seen:
    loop = asyncio.get_running_loop()
    asked_s, first_byte_s, body = loop.time(), 0.0, bytearray()
    chunk_s: list[float] = []
    async with session.get(url, raise_for_status=True) as response:
        async for part in response.content.iter_any():
            now_s = loop.time()
            first_byte_s = first_byte_s or now_s
            body += part
            chunk_s += [now_s] * (len(body) // settings.chunk_bytes - len(chunk_s))
        age = "Age" in response.headers
    expected = b"".join(bytes([number % 256]) * settings.chunk_bytes for number in range(settings.chunks))
    if body != expected:
        raise FollowError(f"a client got {len(body)} bytes which are not those produced ({len(expected)})")
    return _Seen(asked_s, first_byte_s, chunk_s, age)


def _row(name: str, rounds: Sequence[tuple[list[_Seen], bool]], origin_requests: int) -> FollowRow:
    worst = max((seen for seen, _ in rounds), key=lambda seen: max(_first_bytes_ms(seen)))
    first_byte_ms = _first_bytes_ms(worst)
    return FollowRow(
        proxy=name,
        origin_requests=origin_requests,
        first_byte_ms=tuple(round(ms, 2) for ms in first_byte_ms),
        median_first_byte_ms=round(statistics.median(first_byte_ms), 2),
        worst_first_byte_ms=round(max(first_byte_ms), 2),
        worst_lag_ms=round(max(_worst_lag_ms(seen) for seen, _ in rounds), 2),
        age_while_filling=all(client.age for seen, _ in rounds for client in seen[1:]),
        age_when_complete=all(age for _, age in rounds),
    )


def _first_bytes_ms(seen: Sequence[_Seen]) -> list[float]:
    return [(client.first_byte_s - client.asked_s) * 1000 for client in seen]


def _worst_lag_ms(seen: Sequence[_Seen]) -> float:
    leader = seen[0]
    return max(
        (there_s - max(leader_s, client.asked_s)) * 1000
        for client in seen[1:]
        for there_s, leader_s in zip(client.chunk_s, leader.chunk_s, strict=True)
    )
