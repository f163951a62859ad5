"""A tiny edge in a process of its own: serves the clip of ``clip.py``, with faults on demand.

    python -m tests.loadtest.server '{"segments": 4, "missing": ["/vod/clip/v360.m3u8"]}'

prints its base URL and serves until it is terminated. ``missing`` paths get 404, ``cut`` ones break off in
the middle of the body, ``hung`` ones never answer.
"""

import asyncio
import json
import sys
from typing import Any

from aiohttp import web

from tests.loadtest.clip import make_clip


def make_app(segments: int, segment_ms: int, faults: dict[str, list[str]]) -> web.Application:
    objects = make_clip(segments, segment_ms)

    async def serve(request: web.Request) -> web.StreamResponse:
        path = request.path
        if path in faults.get("hung", []):
            await asyncio.Event().wait()
        if path in faults.get("missing", []) or path not in objects:
            return web.Response(status=404)
        if path not in faults.get("cut", []):
            return web.Response(body=objects[path])
        response = web.StreamResponse(headers={"Content-Length": str(len(objects[path]))})
        await response.prepare(request)
        await response.write(objects[path][: len(objects[path]) // 2])
        assert request.transport
        request.transport.abort()
        return response

    app = web.Application()
    app.router.add_get("/{path:.*}", serve)
    return app


async def main(options: dict[str, Any]) -> None:
    app = make_app(options.pop("segments", 4), options.pop("segment_ms", 500), options)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    print(f"http://{host}:{port}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
