"""A real HTTP server that says what the table of objects says, and fails as it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from aiohttp import web

from caching import Headers, Request
from simulator.origin import Answer, Condition, SimObject, Table, failing_answer
from tests.twin.live import Clock


class ScriptedOrigin:
    """Listens on a port that it keeps when it goes down and comes up again."""

    def __init__(self, objects: Iterable[SimObject], clock: Clock) -> None:
        self.authority = ""
        self.all_there = asyncio.Event()
        self._table = Table(objects)
        self._clock = clock
        self._condition = Condition.UP
        self._runner: web.ServerRunner | None = None
        self._port = 0

    async def start(self) -> None:
        """Listen."""
        self._runner = web.ServerRunner(web.Server(self._serve))
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        self.authority = f"127.0.0.1:{self._port}"

    async def stop(self) -> None:
        """Close every connection."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def turn(self, condition: Condition) -> None:
        """Fail, or be well again."""
        self._condition = condition
        if condition is Condition.DOWN:
            await self.stop()
        elif self._runner is None:
            await self.start()

    def put(self, item: SimObject) -> None:
        """Have another version of an object."""
        self._table.put(item)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        await self.all_there.wait()
        head, part = self._answer(request)
        response = web.StreamResponse(status=head.status, headers=list(head.headers))
        await response.prepare(request)
        if part.length and self._condition is Condition.BREAKING:
            await response.write(bytes(part.length // 2))
            assert request.transport is not None
            request.transport.close()
        elif part.length:
            filler = b"x" if self._condition is Condition.DAMAGING else b"\x00"
            await response.write(filler * part.length)
        await response.write_eof()
        return response

    def _answer(self, request: web.BaseRequest) -> Answer:
        if self._condition is Condition.FAILING:
            return failing_answer(self._clock.now_ms)
        headers = Headers((name.decode(), value.decode()) for name, value in request.raw_headers)
        asked = Request(request.method, "http", request.host, request.raw_path, headers)
        return self._table.answer(asked, self._clock.now_ms)
