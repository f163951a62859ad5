"""Reading while it is written: by whom, how far behind, and what a broken or too long fill looks like."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from caching import CacheSettings
from edge import EdgeNode
from edge.bodies import Body
from tests.edge.raw import address_of
from tests.edge.scripted import ScriptedOrigin, SlowBody, get, origin_and_edge
from tests.edge.test_driver import living_bodies, taken_in
from tests.edge.tier import until

FIELDS = {"Cache-Control": "max-age=60"}
HTTP11 = b"GET /a HTTP/1.1\r\nHost: viewer\r\n\r\n"
HTTP10 = b"GET /a HTTP/1.0\r\n\r\n"
KIB = 1024
READ_AHEAD_KIB = 768  # what may come from upstream at once


class Viewer:
    """A client whose connection is read byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.got = b""

    async def gets(self, piece: bytes) -> None:
        """Return when a piece of the body has come."""
        self.got += await self._reader.readuntil(piece)

    async def end(self) -> bytes:
        """What still comes until the connection ends; raises ConnectionResetError when it is reset."""
        return await self._reader.read()

    def close(self) -> None:
        self._writer.close()


@asynccontextmanager
async def viewer_of(node: EdgeNode, request: bytes = HTTP11, limit: int = 2**16) -> AsyncIterator[Viewer]:
    reader, writer = await asyncio.open_connection(*address_of(node.url), limit=limit)
    writer.write(request)
    viewer = Viewer(reader, writer)
    try:
        yield viewer
    finally:
        viewer.close()


def growing() -> Iterator[Body]:
    gc.collect()
    return (thing for thing in gc.get_objects() if isinstance(thing, Body) and not thing.complete)


FORMS = [(HTTP11, None), (HTTP11, 12), (HTTP10, None), (HTTP10, 12)]
IDS = ["chunked", "with a length", "HTTP/1.0 without a length", "HTTP/1.0 with a length"]


@pytest.mark.parametrize(("request_bytes", "length"), FORMS, ids=IDS)
async def test_who_follows_is_no_more_than_a_chunk_behind(request_bytes: bytes, length: int | None) -> None:
    async with origin_and_edge() as (origin, node):
        slow = origin.answers["/a"] = SlowBody(FIELDS, length)
        async with viewer_of(node, request_bytes) as leader, viewer_of(node, request_bytes) as follower:
            await slow.asked.wait()
            await taken_in(node)
            viewers = [leader, follower]
            for number, piece in enumerate((b"one.", b"two.", b"six.")):
                slow.pieces.put_nowait(piece)
                # Each has it before the origin has said more.
                await asyncio.gather(*(viewer.gets(piece) for viewer in viewers))
                if number == 0:
                    async with viewer_of(node, request_bytes) as late:
                        await late.gets(b"one.")
                        assert b"\r\nAge: " in late.got and b"; collapsed" in late.got
            slow.pieces.put_nowait(None)
            await node.idle()
            assert origin.requests["/a"] == 1 and len(node.cache.index) == 1


@pytest.mark.parametrize(("request_bytes", "length"), FORMS, ids=IDS)
async def test_a_fill_that_breaks_off_looks_whole_to_nobody(request_bytes: bytes, length: int | None) -> None:
    async with origin_and_edge() as (origin, node):
        slow = origin.answers["/a"] = SlowBody(FIELDS, length)
        async with viewer_of(node, request_bytes) as leader, viewer_of(node, request_bytes) as follower:
            await slow.asked.wait()
            slow.pieces.put_nowait(b"one.")
            await leader.gets(b"one.")
            async with viewer_of(node, request_bytes) as late:
                for viewer in (follower, late):
                    await viewer.gets(b"one.")
                slow.pieces.put_nowait(b"break")
                for viewer in (leader, follower, late):
                    with pytest.raises(ConnectionResetError):
                        await viewer.end()
                    assert b"0\r\n\r\n" not in viewer.got
                    assert (b"\r\nContent-Length: 12\r\n" in viewer.got) == (length is not None)
        await node.idle()
        assert len(node.cache.index) == 0 and len(node.cache.flights) == 0 and living_bodies() == 0
        origin.says("/a", b"whole", cache_control="max-age=60")
        assert (await get(node.url + "/a"))[:2] == (200, b"whole")


@asynccontextmanager
async def endless(limit_bytes: int) -> AsyncIterator[tuple[ScriptedOrigin, EdgeNode, SlowBody]]:
    """An edge that keeps no more than so much of one object, before an origin that need not stop."""
    cache = CacheSettings(node_name="edge-1", max_object_bytes=limit_bytes)
    async with origin_and_edge(cache=cache) as (origin, node):
        slow = origin.answers["/a"] = SlowBody(FIELDS)
        yield origin, node, slow


async def test_what_has_become_too_long_is_passed_on_and_not_held() -> None:
    async with endless(256 * KIB) as (origin, node, slow), viewer_of(node, limit=256 * KIB) as leader:
        await slow.asked.wait()
        for number in range(16):
            mark = b"<%d>" % number
            slow.pieces.put_nowait(b"x" * (64 * KIB) + mark)
            await leader.gets(mark)
            held = [body.held_bytes for body in growing()]
            assert len(held) == 1 and held[0] <= (256 + 65) * KIB
        newcomer = asyncio.create_task(get(node.url + "/a"))
        await until(lambda: origin.requests["/a"] == 2)  # it asks for itself
        for _ in range(2):
            slow.pieces.put_nowait(None)
        await leader.gets(b"0\r\n\r\n")
        assert (await newcomer)[0] == 200
        await node.idle()
        assert living_bodies() == len(node.cache.index)


async def test_a_slow_leader_slows_the_origin_and_not_the_memory() -> None:
    async with endless(256 * KIB) as (_, node, slow), viewer_of(node, HTTP10, KIB) as leader:
        await slow.asked.wait()
        for _ in range(128):
            slow.pieces.put_nowait(b"x" * (256 * KIB))  # far more than the sockets' buffers take
        slow.pieces.put_nowait(None)
        await until(lambda: any(body.size_bytes > 512 * KIB for body in growing()))
        stages: set[int] = set()
        for _ in range(20):
            await taken_in(node)
            assert all(body.held_bytes <= (256 + READ_AHEAD_KIB) * KIB for body in growing())
            stages.update(body.size_bytes for body in growing())
        assert max(stages) < 32 * 1024 * KIB  # the origin waits
        assert len(await leader.end()) > 32 * 1024 * KIB
        await node.idle()
        assert living_bodies() == 0


async def test_what_nobody_reads_and_nobody_may_keep_is_not_fetched_to_its_end() -> None:
    async with endless(64 * KIB) as (_, node, slow):
        async with viewer_of(node) as leader:
            await slow.asked.wait()
            slow.pieces.put_nowait(b"begun")
            await leader.gets(b"begun")
        async with asyncio.timeout(10):
            while node.cache.flights:
                slow.pieces.put_nowait(b"x" * (64 * KIB))
                await taken_in(node)
            await node.idle()
        assert living_bodies() == 0
        slow.pieces.put_nowait(None)
