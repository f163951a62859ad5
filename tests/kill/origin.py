"""The origin behind the edge that is killed: it may be stopped, and comes back under the same address."""

from __future__ import annotations

from aiohttp import web

from tests.kill.content import Content, Kind


class Origin:
    """Serves the content, with validators and ranges; counts requests."""

    def __init__(self, content: Content) -> None:
        self.requests = 0
        self.url = ""
        self._content = content
        self._port = 0
        self._kinds = {item.path: item.kind for item in content.items}
        self._runner: web.ServerRunner | None = None

    async def start(self) -> None:
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=0.05)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        self.requests += 1
        kind = self._kinds.get(request.path)
        if kind is None:
            return web.Response(status=404)
        version = self._content.versions[request.path]
        fields = {"ETag": f'"{version}"', "Cache-Control": kind.value}
        if request.headers.get("If-None-Match") == fields["ETag"]:
            return web.Response(status=304, headers=fields)
        body, wanted = self._content.body(request.path, version), request.http_range
        if kind is not Kind.SLICED or (wanted.start is None and wanted.stop is None):
            return web.Response(body=body, headers=fields)
        first, end, _ = wanted.indices(len(body))
        if first >= end:
            return web.Response(status=416, headers={"Content-Range": f"bytes */{len(body)}"})
        fields["Content-Range"] = f"bytes {first}-{end - 1}/{len(body)}"
        return web.Response(status=206, body=body[first:end], headers=fields)
