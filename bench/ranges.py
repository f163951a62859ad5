"""What range requests cost the origin: the bytes asked of it for each byte that clients are given.

Each case is an attack that is known, or a habit of players that looks like one, on an object of its own that
nobody has asked for before. The origin counts: ``asked`` is the length of what each request to it asked for,
``sent`` what it could send before the proxy left.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import aiohttp
from aiohttp import web

from bench.proxies import Starter

KIB: Final = 1024
MIB: Final = 1024 * KIB
GIB: Final = 1024 * MIB
_PIECE: Final = bytes(256 * KIB)
_QUIET_S: Final = 0.5
_SINGLE: Final = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class RangeRow:
    """One case through one proxy, in bytes."""

    proxy: str
    case: str
    object_bytes: int
    wanted_bytes: int
    """Different ones that the client asked for."""
    requests: int
    """Of the clients."""
    statuses: tuple[int, ...]
    """That the clients were given, each once."""
    origin_requests: int
    asked_bytes: int
    sent_bytes: int
    delivered_bytes: int
    """Of bodies, the boundaries between several parts included."""

    @property
    def asked_for_each_delivered(self) -> float:
        """Bytes asked of the origin for each byte delivered; flattering where too much was delivered."""
        return self.asked_bytes / max(1, self.delivered_bytes)

    @property
    def asked_for_each_wanted(self) -> float:
        """Bytes asked of the origin for each different byte that clients asked for."""
        return self.asked_bytes / self.wanted_bytes

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        ratios = ("asked_for_each_delivered", "asked_for_each_wanted")
        return {**asdict(self), **{name: getattr(self, name) for name in ratios}}


class _Origin:
    """Objects of zeros, ``/SIZE/NAME``, with ranges; counts what each was asked for and was sent."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Count from nothing again."""
        self.requests = 0
        self.asked_bytes = 0
        self.sent_bytes = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        size_bytes = int(request.match_info["size"])
        first, last = _span(request.headers.get("Range", ""), size_bytes)
        headers = {"Cache-Control": "max-age=3600", "ETag": '"zeros"', "Accept-Ranges": "bytes"}
        length = last - first + 1
        headers["Content-Length"] = str(length)
        if length < size_bytes:
            headers["Content-Range"] = f"bytes {first}-{last}/{size_bytes}"
        response = web.StreamResponse(status=206 if length < size_bytes else 200, headers=headers)
        self.requests += 1
        if request.method == "GET":
            self.asked_bytes += length
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):  # the proxy has left, which is its right
            while request.method == "GET" and length:
                piece = memoryview(_PIECE)[: min(length, len(_PIECE))]
                await response.write(piece)
                self.sent_bytes += len(piece)
                length -= len(piece)
        return response

    async def quiet(self) -> None:
        """Wait until nobody has asked or been sent for a while: a fill may outlive its client."""
        before = None
        while before != (before := (self.requests, self.sent_bytes)):
            await asyncio.sleep(_QUIET_S)


def _span(field: str, size_bytes: int) -> tuple[int, int]:
    """First and last position of a single range; the whole for anything else."""
    found = _SINGLE.fullmatch(field)
    if found is None or found[0] == "bytes=-":
        return 0, size_bytes - 1
    if not found[1]:
        return max(0, size_bytes - int(found[2])), size_bytes - 1
    return int(found[1]), min(int(found[2] or size_bytes), size_bytes - 1)


class _Client:
    """Asks for one object, and counts what it is given."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self.requests = 0
        self.delivered_bytes = 0
        self.statuses: set[int] = set()

    async def ask(self, *ranges: str) -> None:
        """One request for ranges; for the whole without."""
        headers = {"Range": f"bytes={','.join(ranges)}"} if ranges else {}
        self.requests += 1
        async with self._session.get(self._url, headers=headers) as response:
            self.statuses.add(response.status)
            async for part in response.content.iter_any():
                self.delivered_bytes += len(part)

    async def leave_after_head(self) -> None:
        """Ask for the whole and leave when the head is there."""
        self.requests += 1
        response = await self._session.get(self._url)
        self.statuses.add(response.status)
        response.close()


async def _few_overlapping(client: _Client) -> None:
    await client.ask(*(f"{at}-{at + KIB - 1}" for at in range(0, 5 * KIB, KIB // 2)))


async def _overlapping(client: _Client) -> None:
    await client.ask(*(f"{at}-{at + KIB - 1}" for at in range(0, 100 * KIB, KIB // 2)))


async def _everything_often(client: _Client) -> None:
    await client.ask(*("0-" for _ in range(200)))


async def _spread(client: _Client) -> None:
    drawn = random.Random(1)
    for _ in range(256):
        at = drawn.randrange(64 * MIB)
        await client.ask(f"{at}-{at}")


async def _one_byte(client: _Client) -> None:
    await client.ask(f"{GIB // 2}-{GIB // 2}")


async def _suffixes(client: _Client) -> None:
    for length in (1, 1000, 100_000):
        await client.ask(f"-{length}")


async def _leaving(client: _Client) -> None:
    await client.leave_after_head()


class Case(NamedTuple):
    """An object, what its client does, and how many different bytes that asks for."""

    name: str
    object_bytes: int
    wanted_bytes: int
    act: Callable[[_Client], Awaitable[None]]


CASES: Final[Sequence[Case]] = (
    Case("10 that overlap", 64 * MIB, 10 * KIB // 2 + KIB // 2, _few_overlapping),
    Case("200 that overlap", 64 * MIB, 200 * KIB // 2 + KIB // 2, _overlapping),
    Case("200 times all", 64 * MIB, 64 * MIB, _everything_often),
    Case("256 for 1 byte", 64 * MIB, 256, _spread),
    Case("1 byte of 1 GiB", GIB, 1, _one_byte),
    Case("suffixes", 64 * MIB, 100_000, _suffixes),
    Case("leaves at once", 64 * MIB, 64 * MIB, _leaving),
)
"""Overlapping and repeated ranges come in one request each; the suffixes have 1, 1,000 and 100,000 bytes."""


async def measure(name: str, start: Starter, cases: Sequence[Case] = CASES) -> list[RangeRow]:
    """The cases through one proxy, each on a new object. Raises what its starter raises."""
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder:
        origin = _Origin()
        app = web.Application()
        app.router.add_get("/{size}/{name}", origin.handle)
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            port = runner.addresses[0][1]
            rows = []
            async with (
                start(f"http://127.0.0.1:{port}", Path(folder)) as url,
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)) as session,
            ):
                for number, case in enumerate(cases):
                    origin.forget()
                    client = _Client(session, f"{url}/{case.object_bytes}/{number}")
                    with contextlib.suppress(aiohttp.ClientError):
                        await case.act(client)
                    await origin.quiet()
                    rows.append(_row(name, case, client, origin))
            return rows
        finally:
            await runner.cleanup()


def _row(name: str, case: Case, client: _Client, origin: _Origin) -> RangeRow:
    return RangeRow(
        proxy=name,
        case=case.name,
        object_bytes=case.object_bytes,
        wanted_bytes=case.wanted_bytes,
        requests=client.requests,
        statuses=tuple(sorted(client.statuses)),
        origin_requests=origin.requests,
        asked_bytes=origin.asked_bytes,
        sent_bytes=origin.sent_bytes,
        delivered_bytes=client.delivered_bytes,
    )
