"""The third leg: a real edge node before a scripted HTTP origin on loopback, with one injected clock."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Self

from caching import CacheSettings, Failure, Headers, Request
from edge.node import EdgeNode
from edge.settings import EdgeSettings, UpstreamSettings
from tests.scenarios.case import NODE, Ask, Case, Step
from tests.scenarios.got import Got
from tests.scenarios.http1 import Message, chunk, head_of, read_request, read_response, status_line
from tests.scenarios.script import Asked, Played, Script
from tests.twin.live import Clock

# As long as a case with a silent origin takes; every other answer is there at once.
_PATIENCE_MS = 30


class LiveLeg:
    """One edge and its origin; each request has a connection of its own."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._clock = Clock()
        self._all_there = asyncio.Event()
        self._origin = _Origin(self._clock, self._all_there)
        self._node: EdgeNode | None = None

    async def start(self) -> Self:
        """Listen, the origin first."""
        upstream = UpstreamSettings(head_timeout_ms=_PATIENCE_MS) if self._case.is_silent else None
        settings = EdgeSettings(
            origin_url=f"http://{await self._origin.start()}",
            preserve_host=self._case.preserve_host,
            cache=CacheSettings(**{"node_name": NODE} | self._case.settings),
            upstream=upstream or UpstreamSettings(),
            linger_ms=1,
        )
        self._node = EdgeNode(settings, now_ms=self._clock)
        await self._node.start()
        return self

    async def take(self, step: Step) -> tuple[list[Got], list[Asked]]:
        assert self._node is not None, "start() comes first"
        self._clock.now_ms += step.after_ms
        if step.purge is not None:
            cache = self._node.cache
            cache.apply_purge(step.purge, cache.position + 1, self._clock.now_ms)
        self._origin.script.load(step)
        gots = [await task for task in await self._begin(self._node, step)]
        await self._node.idle()
        return gots, self._origin.script.asked

    async def close(self) -> None:
        """Stop the edge, then the origin."""
        if self._node is not None:
            await self._node.stop()
        self._origin.stop()

    async def _begin(self, node: EdgeNode, step: Step) -> list[asyncio.Task[Got]]:
        """Send the step's requests in order, each when the last has come; then let the origin answer."""
        self._all_there.clear()
        before, tasks = node.arrived, []
        for ask in step.asks:
            tasks.append(asyncio.create_task(self._ask(ask)))
            while node.arrived - before < len(tasks) and not tasks[-1].done():
                await asyncio.sleep(0)
        self._all_there.set()
        return tasks

    async def _ask(self, ask: Ask) -> Got:
        assert self._node is not None
        host, port = self._node.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(ask.sent.raw or _bytes_of(ask))
            return await _got(reader, ask)
        finally:
            writer.close()


def _bytes_of(ask: Ask) -> bytes:
    sent = ask.sent
    framed = {name.lower() for name, _ in sent.headers} & {"content-length", "transfer-encoding"}
    length = [] if framed or not sent.body else [("Content-Length", str(len(sent.body)))]
    return head_of(f"{sent.method} {sent.target} HTTP/1.1", [*sent.headers, *length]) + sent.body


async def _got(reader: asyncio.StreamReader, ask: Ask) -> Got:
    method = ask.sent.raw.partition(b" ")[0].decode("latin-1") if ask.sent.raw else ask.sent.method
    interim: list[int] = []
    try:
        while (message := await read_response(reader, method)).status < 200:
            interim.append(message.status)
    except (asyncio.IncompleteReadError, ConnectionError):
        return Got(0, Headers(), 0, broken=True, interim=tuple(interim))
    closed = await _is_closed(reader) if ask.expected.closed else None
    size_bytes = len(message.body)
    return Got(
        message.status, message.headers, size_bytes, message.body, not message.whole, tuple(interim), closed
    )


async def _is_closed(reader: asyncio.StreamReader) -> bool:
    """Whether the connection ends with what was read; the suite's time limit is for one that does not."""
    with suppress(ConnectionError):
        return not await reader.read(1)
    return True


class _Origin:
    """An HTTP/1.1 server that says what the script says, and waits with it until all clients have come."""

    def __init__(self, clock: Clock, all_there: asyncio.Event) -> None:
        self.script = Script()
        self._clock = clock
        self._all_there = all_there
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        """Listen; the authority."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while not writer.is_closing():
                await self._answer(await read_request(reader), writer)
                await writer.drain()
        writer.close()

    async def _answer(self, message: Message, writer: asyncio.StreamWriter) -> None:
        method, target, _ = message.first
        authority = message.headers.get("host") or ""
        request = Request(method, "http", authority, target, message.headers)
        await self._all_there.wait()
        match self.script.answer(request, self._clock.now_ms, message.body):
            case Failure.TIMEOUT:
                return
            case Failure():
                writer.close()
            case Played() as played:
                self._clock.now_ms += played.takes_ms
                writer.write(_bytes_said(played))
                if played.closes or not played.whole:
                    writer.close()


def _bytes_said(played: Played) -> bytes:
    if played.raw:
        return played.raw
    said = b"".join(head_of(status_line(item.status), item.headers) for item in played.interim)
    if not played.chunked:
        return said + head_of(status_line(played.head.status), played.head.headers) + played.content
    headers = [*played.head.headers, ("transfer-encoding", "chunked")]
    said += head_of(status_line(played.head.status), headers)
    return said + (chunk(played.content) if played.content else b"") + (chunk(b"") if played.whole else b"")
