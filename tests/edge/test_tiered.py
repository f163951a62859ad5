"""A node with a disk: what was asked for twice outlives it, and what goes bad there is never an answer."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from caching import CacheSettings, Purge, Scope
from caching.reasons import Lost
from edge import DiskSettings, EdgeNode
from edge.disk import DiskCounters
from eventbus.events import Purged
from eventbus.events import Scope as PurgedScope
from tests.edge.scripted import ScriptedOrigin, edge_before, get
from tests.edge.test_bus import LONG_MS, bus
from tests.edge.test_hotpath import Wire
from tests.edge.tier import until

BODY = bytes(range(256)) * 40
FRESH = {"cache_control": "max-age=600", "etag": '"1"'}
# So little memory that a body leaves it for the next one.
TIGHT = CacheSettings(node_name="edge-1", capacity_bytes=12_000, entry_overhead_bytes=0)


@pytest.fixture
async def origin() -> AsyncIterator[ScriptedOrigin]:
    origin = ScriptedOrigin()
    await origin.start()
    yield origin
    await origin.stop()


@asynccontextmanager
async def edge(origin: ScriptedOrigin, folder: Path, **settings: object) -> AsyncIterator[EdgeNode]:
    """A node with a disk, which writes everything unless ``admission`` says otherwise."""
    disk = DiskSettings(
        folder=folder / "disk",
        admission=str(settings.pop("admission", "all")),
        capacity_bytes=int(str(settings.pop("capacity_bytes", 1_000_000))),
        mappings=int(str(settings.pop("mappings", 100))),
        scrub_bytes_per_s=0,
    )
    async with edge_before(origin.url, disk=disk, **settings) as node:  # type: ignore[arg-type]
        yield node


async def in_ranges(request: web.BaseRequest) -> web.Response:
    """The range of BODY that is asked for, or all of it."""
    span = request.http_range
    fields = {"Cache-Control": "max-age=600", "ETag": '"1"'}
    if span.stop is None:
        return web.Response(body=BODY, headers=fields)
    piece = BODY[span]
    fields["Content-Range"] = f"bytes {span.start}-{span.start + len(piece) - 1}/{len(BODY)}"
    return web.Response(status=206, body=piece, headers=fields)


def counted(node: EdgeNode) -> DiskCounters:
    assert node.tiered is not None
    return node.tiered.counters


async def written(node: EdgeNode, number: int) -> None:
    """Return when so many bodies are on disk."""
    await until(lambda: counted(node).writes == number)


def files(folder: Path) -> Iterator[Path]:
    return (path for path in (folder / "disk" / "objects").rglob("*") if path.is_file())


def spoil(folder: Path) -> None:
    """Change the last byte of every body."""
    for path in files(folder):
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)


async def test_what_is_on_disk_is_served_without_the_origin_after_a_restart(
    origin: ScriptedOrigin, tmp_path: Path
) -> None:
    origin.says("/a", BODY, **FRESH, content_type="text/plain")
    async with edge(origin, tmp_path) as node:
        await get(node.url + "/a")
        await written(node, 1)
    await origin.stop()
    async with edge(origin, tmp_path) as node:
        status, body, fields = await get(node.url + "/a")
        assert (status, body, fields["content-type"]) == (200, BODY, "text/plain")
        assert "hit" in fields["cache-status"]
        assert (await get(node.url + "/a", Range="bytes=100-199"))[1] == BODY[100:200]
        assert (await get(node.url + "/a", If_None_Match='"1"'))[0] == 304
        assert counted(node).found == counted(node).reads == 1
        assert len(node.cache.index) == 1 and node.cache.index.policy.used_bytes == 0


async def test_on_the_second_request_a_body_is_written(origin: ScriptedOrigin, tmp_path: Path) -> None:
    origin.says("/a", BODY, **FRESH)
    origin.says("/b", BODY, **FRESH)
    async with edge(origin, tmp_path, admission="second") as node:
        await get(node.url + "/a")
        await get(node.url + "/b")
        await get(node.url + "/b")
    async with edge(origin, tmp_path) as node:
        assert [entry.key for entry in node.cache.index.matching(Purge(Scope.ALL))] == [origin.url + "/b"]


async def test_what_memory_lets_go_is_served_from_disk(origin: ScriptedOrigin, tmp_path: Path) -> None:
    for name in "abc":
        origin.says(f"/{name}", name.encode() + BODY, **FRESH)
    async with edge(origin, tmp_path, cache=TIGHT) as node:
        for name in "abcabc":
            assert (await get(f"{node.url}/{name}"))[1] == name.encode() + BODY
        assert sum(origin.requests.values()) == 3 and len(node.cache.index) == 3
        assert node.tiered is not None and len(node.tiered) == 1
        metrics = (await get(node.url + "/metrics"))[1].decode()
        assert "headwater_edge_disk_objects 3.0" in metrics
        assert "headwater_edge_disk_writes_total 3.0" in metrics
        assert 'headwater_edge_disk_lost_total{why="corrupt"} 0.0' in metrics


async def test_an_answer_that_lies_ready_keeps_nothing_mapped_that_must_make_room(
    origin: ScriptedOrigin, tmp_path: Path
) -> None:
    large = BODY * 4
    for name in "abc":
        origin.says(f"/{name}", large, **FRESH)
    async with edge(origin, tmp_path) as node:
        for name in "abc":
            await get(f"{node.url}/{name}")
        await written(node, 3)
    async with edge(origin, tmp_path, mappings=1) as node:
        for name in "aaabbbcccaaa":
            assert (await get(f"{node.url}/{name}"))[1] == large
        gc.collect()
        maps = Path("/proc/self/maps").read_text()
        assert sum(str(tmp_path) in line for line in maps.splitlines()) == 1
        assert counted(node).reads == 4 and origin.requests["/a"] == 1


async def test_no_more_is_kept_on_disk_than_it_may_hold(origin: ScriptedOrigin, tmp_path: Path) -> None:
    for number in range(6):
        origin.says(f"/{number}", BODY, **FRESH)
    async with edge(origin, tmp_path, cache=TIGHT, capacity_bytes=50_000) as node:
        for number in range(6):
            await get(f"{node.url}/{number}")
            await written(node, number + 1)
        assert node.counters.dropped["evicted"] == 3 and len(node.cache.index) == 3
    assert len(list(files(tmp_path))) == 3


class TestABodyThatHasGoneBadOnDisk:
    """It is a miss, whatever it was to be used for."""

    @asynccontextmanager
    async def restarted(
        self, origin: ScriptedOrigin, folder: Path, now_ms: int = 0, **fields: str
    ) -> AsyncIterator[EdgeNode]:
        """A node that finds a body on disk, with one byte changed, and later than it was fresh."""
        origin.says("/a", BODY, **(FRESH | fields))
        async with edge(origin, folder, now_ms=lambda: 1_000_000) as node:
            await get(node.url + "/a")
            await written(node, 1)
        spoil(folder)
        async with edge(origin, folder, now_ms=lambda: 1_000_000 + now_ms) as node:
            yield node

    async def test_a_hit(self, origin: ScriptedOrigin, tmp_path: Path) -> None:
        async with self.restarted(origin, tmp_path) as node:
            answers = await asyncio.gather(*(get(node.url + "/a") for _ in range(5)))
            assert {answer[:2] for answer in answers} == {(200, BODY)}
            assert any("detail=unreadable" in answer[2]["cache-status"] for answer in answers)
            assert origin.requests["/a"] == 2 and "If-None-Match" not in origin.seen[-1].headers
            assert counted(node).lost[Lost.CORRUPT] == 1 and node.counters.dropped["unreadable"] == 1
            await written(node, 1)  # what came in its place

    async def test_a_validation(self, origin: ScriptedOrigin, tmp_path: Path) -> None:
        async with self.restarted(origin, tmp_path, 700_000) as node:
            answers = await asyncio.gather(*(get(node.url + "/a") for _ in range(5)))
            assert {answer[:2] for answer in answers} == {(200, BODY)}
            assert origin.requests["/a"] == 2 and "If-None-Match" not in origin.seen[-1].headers

    async def test_a_refresh(self, origin: ScriptedOrigin, tmp_path: Path) -> None:
        control = "max-age=600, stale-while-revalidate=600"
        async with self.restarted(origin, tmp_path, 700_000, cache_control=control) as node:
            assert (await get(node.url + "/a"))[:2] == (200, BODY)
            await node.idle()
            assert origin.requests["/a"] == 2 and "If-None-Match" not in origin.seen[-1].headers

    async def test_what_would_stand_in_for_an_error(self, origin: ScriptedOrigin, tmp_path: Path) -> None:
        control = "max-age=600, stale-if-error=600"
        async with self.restarted(origin, tmp_path, 700_000, cache_control=control) as node:
            await origin.stop()
            assert (await get(node.url + "/a"))[0] == 502
            assert len(node.cache.index) == 0

    async def test_parts(self, origin: ScriptedOrigin, tmp_path: Path) -> None:
        origin.answers["/a"] = in_ranges
        blocks = CacheSettings(node_name="edge-1", slice_bytes=4_000)
        async with edge(origin, tmp_path, cache=blocks) as node:
            await get(node.url + "/a", Range="bytes=0-10000")
            await written(node, 3)
        next(files(tmp_path)).write_bytes(b"")
        async with edge(origin, tmp_path, cache=blocks) as node:
            assert (await get(node.url + "/a", Range="bytes=0-10000"))[1] == BODY[:10_001]
            assert origin.requests["/a"] == 4

    async def test_its_files_are_gone(self, origin: ScriptedOrigin, tmp_path: Path) -> None:
        async with self.restarted(origin, tmp_path) as node:
            for path in files(tmp_path):
                path.unlink()
            assert (await get(node.url + "/a"))[:2] == (200, BODY)
            assert counted(node).lost[Lost.MISSING] == 1


async def test_a_disk_that_cannot_be_written_to_keeps_nobody_from_service(
    origin: ScriptedOrigin, tmp_path: Path
) -> None:
    for name in "abc":
        origin.says(f"/{name}", BODY, **FRESH)
    async with edge(origin, tmp_path, cache=TIGHT) as node:
        objects = tmp_path / "disk" / "objects"
        objects.rename(tmp_path / "elsewhere")
        objects.write_bytes(b"")
        for name in "aabbccaa":
            assert (await get(f"{node.url}/{name}"))[:2] == (200, BODY)
        await until(lambda: sum(counted(node).write_failures.values()) == 4)
        assert len(node.cache.index) == 1 and node.tiered is not None and len(node.tiered) == 1


async def test_a_purge_reaches_the_disk(origin: ScriptedOrigin, tmp_path: Path) -> None:
    for name in "abc":
        origin.says(f"/{name}", BODY, **FRESH)
    async with edge(origin, tmp_path) as node:
        for name in "abc":
            await get(f"{node.url}/{name}")
        await written(node, 3)
        node.cache.apply_purge(Purge(Scope.URL, "/a"), 1, node.cache.position)
        node.cache.apply_purge(Purge(Scope.URL, "/b", soft=True), 2, node.cache.position)
    async with edge(origin, tmp_path) as node:
        origin.requests.clear()
        for name in "abc":
            await get(f"{node.url}/{name}")
        conditions = [request.headers.get("If-None-Match") for request in origin.seen[-2:]]
        assert origin.requests == {"/a": 1, "/b": 1} and conditions == [None, '"1"']


async def test_what_a_304_says_reaches_the_disk(origin: ScriptedOrigin, tmp_path: Path) -> None:
    origin.says("/a", BODY, cache_control="max-age=10", etag='"1"')
    now_ms = [1_000_000]
    async with edge(origin, tmp_path, now_ms=lambda: now_ms[0]) as node:
        await get(node.url + "/a")
        await written(node, 1)
        now_ms[0] += 20_000
        origin.says("/a", BODY, **FRESH)
        await get(node.url + "/a")
    async with edge(origin, tmp_path, now_ms=lambda: now_ms[0]) as node:
        assert (await get(node.url + "/a"))[:2] == (200, BODY) and origin.requests["/a"] == 2


@pytest.mark.parametrize("same_log", [True, False])
async def test_purges_that_a_node_has_missed_are_applied_when_it_is_back(
    origin: ScriptedOrigin, tmp_path: Path, same_log: bool
) -> None:
    origin.says("/a", BODY, **FRESH)
    origin.says("/b", BODY, **FRESH)
    async with bus(tmp_path, LONG_MS) as (hub, url):
        async with edge(origin, tmp_path, bus_url=url) as node:
            await until(lambda: node.why_not_ready() is None)
            await hub.publish(Purged(PurgedScope.URL, "/c"))
            for path in ("/a", "/b"):
                await get(node.url + path)
            await written(node, 2)
            await until(lambda: node.cache.position == 1)
        await hub.publish(Purged(PurgedScope.URL, "/a"))
        if same_log:
            async with edge(origin, tmp_path, bus_url=url) as node:
                assert node.cache.position == 1
                await until(lambda: node.why_not_ready() is None)
                assert [each.key for each in node.cache.index.matching(Purge(Scope.ALL))] == [
                    origin.url + "/b"
                ]
    if not same_log:
        (tmp_path / "other").mkdir()
        async with bus(tmp_path / "other", LONG_MS) as (_, url), edge(origin, tmp_path, bus_url=url) as node:
            await until(lambda: node.why_not_ready() is None)
            assert len(node.cache.index) == 0
        assert list(files(tmp_path)) == []


async def test_a_folder_is_for_one_node(origin: ScriptedOrigin, tmp_path: Path) -> None:
    async with edge(origin, tmp_path):
        with pytest.raises(OSError, match="another process has this folder"):
            async with edge(origin, tmp_path):
                raise AssertionError("it has started")


async def test_a_large_body_goes_from_its_file_to_the_socket(origin: ScriptedOrigin, tmp_path: Path) -> None:
    large = BODY * 20
    origin.says("/a", large, cache_control="max-age=600")
    async with edge(origin, tmp_path) as node:
        await get(node.url + "/a")
        await written(node, 1)
    await origin.stop()
    async with edge(origin, tmp_path) as node:
        async with Wire(node) as wire:
            for fields, part in (("", large), ("Range: bytes=70000-150000\r\n", large[70_000:150_001])):
                for _ in range(4):
                    assert (await wire.ask(fields=fields))[2] == part
        assert node.counters.prepared >= 5
        # The mapping has a descriptor; the others are for sendfile.
        folder = str(tmp_path / "disk" / "objects")
        links = [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
        assert sum(str(link).startswith(folder) for link in links) > 1
