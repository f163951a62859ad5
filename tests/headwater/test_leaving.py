"""Edges that go while they are busy, behind clients that do what a balancer does: no accepted request fails.

A connection that is refused is tried elsewhere, and nothing else is ever tried again.
"""

import asyncio
import itertools
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.edge.raw import address_of
from tests.edge.scripted import ScriptedOrigin
from tests.edge.secure import ONE, ONE_KEY, trusting

TLS = ("--tls-listen", "127.0.0.1:0", "--certificate", str(ONE), "--key", str(ONE_KEY))
SMALL, LARGE = 20_000, 16 * 2**20
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Load:
    """Clients of some edges. Whatever fails in one of them fails the test."""

    def __init__(self, urls: list[str]) -> None:
        self._turns: Iterator[str] = itertools.cycle(urls)
        self._urls = urls
        self.answered = 0
        self.refused = 0
        self.over = False

    def start(self) -> list[asyncio.Task[None]]:
        """Some that keep their connections, and some that have a new one for each request."""
        return [asyncio.create_task(self._view(keeps=number % 2 == 0)) for number in range(8)]

    async def connect(self) -> Streams | None:
        """To the next edge that does not refuse; None when all do."""
        for _ in self._urls:
            url = next(self._turns)
            secure = trusting() if url.startswith("https") else None
            try:
                return await asyncio.open_connection(*address_of(url), ssl=secure)
            except ConnectionRefusedError:
                self.refused += 1
        return None

    async def _view(self, *, keeps: bool) -> None:
        while not self.over and (streams := await self.connect()):
            while not await self.get(streams, "/small", SMALL, keeps=keeps) and not self.over:
                pass
            streams[1].close()

    async def get(self, streams: Streams, path: str, size: int, *, keeps: bool = True) -> bool:
        """One request; whether it was the connection's last."""
        head = await self.ask(streams, path, keeps=keeps)
        assert await self.rest(streams, size) == b"x" * size
        return b"connection: close" in head.lower()

    async def ask(self, streams: Streams, path: str, *, keeps: bool = True) -> bytes:
        """The head of the answer."""
        wish = "" if keeps else "Connection: close\r\n"
        streams[1].write(f"GET {path} HTTP/1.1\r\nHost: a\r\n{wish}\r\n".encode())
        head = await streams[0].readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ") and _LENGTH.search(head), head
        return head

    async def rest(self, streams: Streams, size: int) -> bytes:
        body = await streams[0].readexactly(size)
        self.answered += 1
        return body


@asynccontextmanager
async def edge(
    origin: ScriptedOrigin, *arguments: str, ended: bool = False
) -> AsyncIterator[tuple[Process, dict[str, str]]]:
    """An edge by its command, and what it says of itself; it must end well."""
    command = ["edge", "--origin", origin.url, "--listen", "127.0.0.1:0", "--name", "e", *TLS, *arguments]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "headwater", *command, stdout=PIPE, stderr=PIPE
    )
    assert process.stdout is not None
    try:
        yield process, json.loads(await process.stdout.readline())
        if not ended:
            process.terminate()
        _, complaints = await process.communicate()
        assert process.returncode == 0 and b"Traceback" not in complaints, complaints.decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def scripted() -> AsyncIterator[ScriptedOrigin]:
    origin = ScriptedOrigin()
    await origin.start()
    origin.says("/small", b"x" * SMALL, cache_control="max-age=600")
    origin.says("/large", b"x" * LARGE, cache_control="max-age=600")
    try:
        yield origin
    finally:
        await origin.stop()


async def until(condition: Callable[[], bool]) -> None:
    """Return when something has come about; fail when it would have on any machine, however busy."""
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.005)


async def under_load(load: Load) -> tuple[list[asyncio.Task[None]], list[Streams]]:
    """Viewers that are all at it, and two large bodies of which the heads have come."""
    viewers, slow = load.start(), []
    for _ in range(2):
        streams = await load.connect()
        assert streams is not None
        await load.ask(streams, "/large")
        slow.append(streams)
    await until(lambda: load.answered > 50)
    return viewers, slow


async def finish(load: Load, viewers: list[asyncio.Task[None]], slow: list[Streams]) -> None:
    """Take what is left, and see that nothing has failed."""
    for streams in slow:
        assert await load.rest(streams, LARGE) == b"x" * LARGE
        streams[1].close()
    await asyncio.gather(*viewers)


@pytest.mark.parametrize("scheme", ["url", "tls_url"])
@pytest.mark.parametrize("arguments", [(), ("--workers", "2")], ids=["one-process", "two-workers"])
async def test_all_go(scheme: str, arguments: tuple[str, ...]) -> None:
    async with scripted() as origin, edge(origin, *arguments, ended=True) as (process, said):
        load = Load([said[scheme]])
        viewers, slow = await under_load(load)
        process.terminate()
        await until(lambda: load.refused > 0)  # so the bodies go on for longer than the door is open
        await finish(load, viewers, slow)


@pytest.mark.parametrize("scheme", ["url", "tls_url"])
async def test_one_of_two_edges_goes(scheme: str) -> None:
    async with scripted() as origin, AsyncExitStack() as stack:
        edges = [await stack.enter_async_context(edge(origin, ended=not n)) for n in range(2)]
        load = Load([said[scheme] for _, said in edges])
        viewers, slow = await under_load(load)
        gone = edges[0][0]
        gone.terminate()
        await until(lambda: load.refused > 8)
        for streams in slow:
            assert await load.rest(streams, LARGE) == b"x" * LARGE
            streams[1].close()
        assert await gone.wait() == 0
        answered = load.answered
        await until(lambda: load.answered > answered + 20)
        load.over = True
        await asyncio.gather(*viewers)


@pytest.mark.parametrize("scheme", ["url", "tls_url"])
async def test_one_of_two_workers_goes_and_comes_back(scheme: str) -> None:
    async with scripted() as origin, edge(origin, "--workers", "2") as (process, said):
        load = Load([said[scheme]])
        viewers, slow = await under_load(load)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        before = set(children.read_text().split())
        os.kill(int(min(before)), signal.SIGTERM)
        await finish(load, [], slow)
        await until(lambda: len(now := set(children.read_text().split())) == 2 and now != before)
        answered = load.answered
        await until(lambda: load.answered > answered + 20)
        load.over = True
        await asyncio.gather(*viewers)
        assert load.refused == 0  # for the address was there all the time
