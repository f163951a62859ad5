"""The HTTP face of a node: what is asked of the cache goes to an Exchange, the rest is the node's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from aiohttp import HttpVersion11, web

from caching import Exchange, Request
from edge.client import Client
from edge.clock import Timing
from edge.driver import Driver
from edge.exporter import Exporter
from edge.shell import Shell
from edge.target import Aim, Aimless, aim_of
from edge.wire import received

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Handler:
    """Called by aiohttp for each request. ``why_not_ready`` names what keeps the node from serving."""

    def __init__(self, shell: Shell, why_not_ready: Callable[[], str | None]) -> None:
        self._shell = shell
        self._why_not_ready = why_not_ready
        self._exporter = Exporter(shell.counters, shell.cache, shell.now_ms)
        self._own = {"/healthz": self._healthz, "/readyz": self._readyz, "/metrics": self._metrics}

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        own = self._own.get(request.path) if request.method in ("GET", "HEAD") else None
        if own is None:
            return await self._answer(request)
        response = own()
        if self._shell.draining:
            response.force_close()
        return response

    def _healthz(self) -> web.Response:
        return web.json_response({"status": "ok"})

    def _readyz(self) -> web.Response:
        why_not = self._why_not_ready()
        if why_not is not None:
            return web.json_response({"status": "not ready", "why": why_not}, status=503)
        return web.json_response({"status": "ready", "position": self._shell.cache.position})

    def _metrics(self) -> web.Response:
        return web.Response(body=self._exporter.text(), headers={"Content-Type": _METRICS_TYPE})

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """What the cache has to do with, through an Exchange; what it has not is refused."""
        client, aim = Client(request, self._is_last), self._aim_of(request)
        if isinstance(aim, Aimless):
            await client.refuse(aim.status, aim.error, aim.message, self._shell.settings.name)
        else:
            await self._exchange(request, client, aim)
        if client.response is None:
            raise RuntimeError(f"{request!r} ended without an answer")
        return client.response

    async def _exchange(self, request: web.BaseRequest, client: Client, aim: Aim) -> None:
        shell, timing = self._shell, Timing(self._shell.now_ms())
        head = Request(request.method, *aim, received(request.raw_headers))
        from_peer = shell.badge.proves(head.headers)
        head = head._replace(from_peer=from_peer)
        exchange = Exchange(shell.cache, head)
        with shell.busy():
            upload = await _upload_of(request)
            driver = Driver(shell, exchange, client, upload=upload)
            try:
                await driver.run()
            finally:
                shell.finished(exchange, "peer" if from_peer else "client", client, timing)

    def _is_last(self) -> bool:
        return self._shell.draining

    def _aim_of(self, request: web.BaseRequest) -> Aim | Aimless:
        host = request.headers.get("Host")
        return aim_of(request.method, request.raw_path, host, request.scheme, self._shell.settings)


async def _upload_of(request: web.BaseRequest) -> AsyncIterator[bytes] | None:
    """The body to pass on; that of a GET has no meaning, and is not (RFC 9110 section 9.3.1)."""
    if request.method in ("GET", "HEAD") or not request.body_exists:
        return None
    expects = request.version >= HttpVersion11 and request.headers.get("Expect", "").lower()
    if expects == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return request.content.iter_any()
