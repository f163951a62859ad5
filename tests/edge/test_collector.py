"""What the collector leaves alone, and that nothing comes of it: no cycle is left by what a node does."""

import asyncio
import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from edge.collector import Collector
from tests.edge.raw import address_of
from tests.edge.scripted import origin_and_edge


@contextmanager
def collecting() -> Iterator[Collector]:
    """Collections when the block asks for them, and no others."""
    collector = Collector()
    gc.disable()
    collector.start()
    try:
        yield collector
    finally:
        collector.stop()
        gc.enable()


async def test_what_a_full_collection_leaves_is_not_looked_at_again() -> None:
    others = list(gc.callbacks)
    with collecting():
        frozen = gc.get_freeze_count()
        held = [[number] for number in range(10_000)]
        assert gc.get_freeze_count() < frozen + 5_000
        gc.collect(1)
        assert gc.get_freeze_count() < frozen + 5_000
        gc.collect()
        assert gc.get_freeze_count() > frozen + 9_000
        del held  # and is freed all the same
        assert gc.get_freeze_count() < frozen + 5_000
    assert gc.get_freeze_count() == 0 and gc.callbacks == others


async def test_a_cycle_that_died_frozen_goes_with_the_next_thorough_collection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Ring:
        gone = False

        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            Ring.gone = True

    with collecting() as collector, caplog.at_level(logging.INFO):
        ring = Ring()
        gc.collect()
        del ring
        gc.collect()
        assert not Ring.gone
        collector.look_at_everything()
        assert Ring.gone and "a thorough collection of" in caplog.text
        assert gc.get_freeze_count() > 0


@contextmanager
def garbage() -> Iterator[list[object]]:
    """What the block leaves in cycles, once it has ended."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    found: list[object] = []
    try:
        yield found
        gc.collect()
        found += gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


async def _ask(url: str, path: str, *, leave: bool = False) -> None:
    reader, writer = await asyncio.open_connection(*address_of(url))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    if leave:
        writer.transport.abort()
    else:
        await reader.read()
        writer.close()


async def test_neither_requests_nor_connections_leave_cycles_in_a_node() -> None:
    async with origin_and_edge() as (origin, node):
        origin.says("/a", b"hello", cache_control="max-age=60", etag='"1"')
        await _ask(node.url, "/a")
        with garbage() as left:
            for number in range(5):
                origin.says(f"/{number}", b"hello", cache_control="max-age=60")
                await _ask(node.url, f"/{number}")
                await _ask(node.url, "/a")
                await _ask(node.url, "/absent", leave=True)
            await node.idle()
        kinds = {f"{type(one).__module__}.{type(one).__name__}" for one in left}
        assert not {kind for kind in kinds if kind.startswith(("edge.", "caching."))}
