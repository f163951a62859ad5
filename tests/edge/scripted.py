"""A real HTTP origin on loopback whose answers a test writes, gate by gate."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

import aiohttp
from aiohttp import web
from multidict import CIMultiDictProxy

from caching import CacheSettings
from edge import EdgeNode, EdgeSettings, UpstreamSettings
from edge.clock import Clock, wall_clock_ms

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class ScriptedOrigin:
    """Answers each path by what ``answers`` holds for it, and counts who asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: Counter[str] = Counter()
        self.seen: list[web.BaseRequest] = []
        self.url = ""
        self._port = 0
        self._runner: web.ServerRunner | None = None

    def says(self, path: str, body: bytes, /, *, status: int = 200, **fields: str) -> None:
        """Answer ``path`` with a body; field names are written with underscores."""
        headers = {name.replace("_", "-"): value for name, value in fields.items()}

        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            etag = headers.get("etag")
            if etag is not None and request.headers.get("If-None-Match") == etag:
                return web.Response(status=304, headers=headers)
            return web.Response(body=body, status=status, headers=headers)

        self.answers[path] = answer

    async def start(self) -> None:
        """Listen: on the port it had before, if it had one."""
        self._runner = web.ServerRunner(web.Server(self._handle, access_log=None), shutdown_timeout=0.05)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests[request.path] += 1
        self.seen.append(request)
        answer = self.answers.get(request.path)
        if answer is None:
            return web.Response(status=404, text="nothing here")
        return await answer(request)


class SlowBody:
    """An answer whose pieces the test lets go one by one."""

    def __init__(self, fields: Mapping[str, str], length: int | None = None) -> None:
        self.pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.asked = asyncio.Event()
        self._fields = dict(fields)
        if length is not None:
            self._fields["Content-Length"] = str(length)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers=self._fields)
        await response.prepare(request)
        self.asked.set()
        with suppress(ConnectionError):  # whoever asked may leave
            while (piece := await self.pieces.get()) is not None:
                if piece == b"break":
                    assert request.transport is not None
                    request.transport.abort()
                    return response
                await response.write(piece)
            await response.write_eof()
        return response


@asynccontextmanager
async def edge_before(
    origin_url: str,
    *,
    now_ms: Clock = wall_clock_ms,
    cache: CacheSettings | None = None,
    upstream: UpstreamSettings | None = None,
    **settings: object,
) -> AsyncIterator[EdgeNode]:
    """One edge before whatever listens at a URL."""
    limits = UpstreamSettings(connect_timeout_ms=500, head_timeout_ms=2_000, read_timeout_ms=2_000)
    edge_settings = EdgeSettings(
        origin_url=origin_url,
        cache=cache or CacheSettings(node_name="edge-1"),
        upstream=upstream or limits,
        **{"linger_ms": 20, "drain_ms": 500, **settings},  # type: ignore[arg-type]
    )
    node = EdgeNode(edge_settings, now_ms)
    await node.start()
    try:
        yield node
    finally:
        await node.stop()


@asynccontextmanager
async def origin_and_edge(**settings: object) -> AsyncIterator[tuple[ScriptedOrigin, EdgeNode]]:
    """A scripted origin and one edge before it; ``settings`` are those of ``edge_before``."""
    origin = ScriptedOrigin()
    await origin.start()
    try:
        async with edge_before(origin.url, **settings) as node:  # type: ignore[arg-type]
            yield origin, node
    finally:
        await origin.stop()


async def get(url: str, **headers: str) -> tuple[int, bytes, CIMultiDictProxy[str]]:
    """Status, body and fields of a GET; field names are written with underscores."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    async with aiohttp.ClientSession() as session, session.get(url, headers=fields) as response:
        return response.status, await response.read(), response.headers
