"""The HTTP face that all routes share: the fields of every answer, preflights, health, requests under way.

The server mounts the routes of `delivery`, `admin` and the bus on it.
"""

import asyncio
from collections.abc import Callable

from aiohttp import web

from caching.fields import format_http_date
from origin.refusals import ANSWERED, Handler, refuse_in_json

MAX_ORDER_BYTES = 64 * 1024
"""The largest body that is read as a whole; sources are streamed and have their own limit."""

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PRIVATE = ("/admin/", "/bus")

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Accept-Ranges, Age, Cache-Status, Content-Length, Content-Range, Date, ETag, Last-Modified"
    ),
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": (
        "Range, If-Range, If-None-Match, If-Modified-Since, "
        "CMCD-Object, CMCD-Request, CMCD-Session, CMCD-Status"
    ),
    "Access-Control-Max-Age": "86400",
}


class Face:
    """The application and what it knows of its requests.

    `why_not_ready` names what keeps the origin from serving; `figures` is what `/metrics` shows.
    """

    def __init__(
        self,
        now_ms: Callable[[], int],
        why_not_ready: Callable[[], str | None],
        figures: Callable[[], bytes],
    ) -> None:
        self._now_ms = now_ms
        self._why_not_ready = why_not_ready
        self._figures = figures
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self.app = web.Application(middlewares=[self._count, refuse_in_json], client_max_size=MAX_ORDER_BYTES)
        self.app.on_response_prepare.append(self._complete)
        self.app.add_routes(
            [
                web.get("/healthz", self._healthz),
                web.get("/readyz", self._readyz),
                web.get("/metrics", self._metrics),
            ]
        )

    async def idle(self) -> None:
        """Return when no request is under way; the bus's connections, which never end, don't count."""
        await self._idle.wait()

    @web.middleware
    async def _count(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path == "/bus":
            return await handler(request)
        self._under_way += 1
        self._idle.clear()
        try:
            return await handler(request)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def _complete(self, request: web.Request, response: web.StreamResponse) -> None:
        """The fields that every answer has; the date is by the origin's clock, since ages count from it."""
        request[ANSWERED] = True
        response.headers["Date"] = format_http_date(self._now_ms())
        response.headers["Server"] = "headwater"
        if not request.path.startswith(_PRIVATE):
            response.headers.update(_CORS)

    async def _healthz(self, request: web.Request) -> web.Response:
        return _uncached({"status": "ok"})

    async def _readyz(self, request: web.Request) -> web.Response:
        why_not = self._why_not_ready()
        if why_not is not None:
            return _uncached({"status": "not ready", "why": why_not}, status=503)
        return _uncached({"status": "ready"})

    async def _metrics(self, request: web.Request) -> web.Response:
        headers = {"Content-Type": _METRICS_TYPE, "Cache-Control": "no-store"}
        return web.Response(body=self._figures(), headers=headers)


def _uncached(content: dict[str, str], status: int = 200) -> web.Response:
    return web.json_response(content, status=status, headers={"Cache-Control": "no-store"})


async def preflight(request: web.Request) -> web.Response:
    """What browsers ask before a request that isn't simple (Fetch standard, CORS-preflight request)."""
    return web.Response(status=204, headers=_PREFLIGHT)
