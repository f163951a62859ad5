"""Several nodes before one origin, with or without a real hub that tells them of purges and of each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

from caching import CacheSettings
from caching.settings import MIB
from edge import EdgeNode
from tests.edge.scripted import ScriptedOrigin, edge_before


@asynccontextmanager
async def nodes_before(
    origin: ScriptedOrigin, count: int, slice_bytes: int = MIB
) -> AsyncIterator[list[EdgeNode]]:
    """Nodes edge-1, edge-2, ... that know each other beforehand."""
    named = [CacheSettings(node_name=f"edge-{n}", slice_bytes=slice_bytes) for n in range(1, count + 1)]
    async with AsyncExitStack() as stack:
        nodes = [
            await stack.enter_async_context(edge_before(origin.url, cache=cache, token="shared"))
            for cache in named
        ]
        for node in nodes:
            node.membership.update((other.settings.name, other.url, 1) for other in nodes)
        yield nodes


def paths() -> Iterator[str]:
    """Paths to choose from by who owns them."""
    return (f"/object-{number}" for number in range(1_000))


def owned_by(owner: EdgeNode, origin: ScriptedOrigin) -> str:
    """A path that belongs to a node."""
    return next(path for path in paths() if owner.membership.peer_for(origin.url + path, 0) is None)


class Wire:
    """A TCP relay to a bus, which a test may hold: the connection stands, and nothing comes through."""

    def __init__(self, bus_url: str) -> None:
        self.url = ""
        self._target = urlsplit(bus_url)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._tasks: set[asyncio.Task[None]] = set()

    def hold(self) -> None:
        self._flowing.clear()

    def release(self) -> None:
        self._flowing.set()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[Wire]:
        """Relay for as long as the block lasts."""
        server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}{self._target.path}"
        try:
            yield self
        finally:
            server.close()
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(self._target.hostname, self._target.port)
        except OSError:
            writer.close()
            return
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._carry(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                await self._flowing.wait()
                sink.write(data)
                await sink.drain()
        except ConnectionError:
            pass
        finally:
            sink.close()


async def until(condition: Callable[[], bool]) -> None:
    """Return when something has come about that nobody announces; fail after a while."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def tier_of(
    origin: ScriptedOrigin, bus_urls: Sequence[str], **settings: object
) -> AsyncIterator[list[EdgeNode]]:
    """Nodes edge-1, edge-2, ... that follow a bus, each by its own URL, and know each other."""
    async with AsyncExitStack() as stack:
        nodes = []
        for number, bus_url in enumerate(bus_urls, 1):
            cache = CacheSettings(node_name=f"edge-{number}")
            node = edge_before(origin.url, cache=cache, bus_url=bus_url, **settings)  # type: ignore[arg-type]
            nodes.append(await stack.enter_async_context(node))
        await until(lambda: all(len(node.membership.names) == len(nodes) for node in nodes))
        yield nodes
