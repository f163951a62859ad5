"""A tier behind a real hub: once a purge is confirmed, no node serves the old bytes as fresh."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from edge import EdgeNode
from edge.clock import wall_clock_ms
from eventbus.events import AssetPublished, Purged, Scope
from eventbus.hub import Hub
from eventbus.log import EventLog
from eventbus.roster import ReceiptState
from tests.edge.scripted import ScriptedOrigin, SlowBody, get, origin_and_edge
from tests.edge.tier import Wire, owned_by, tier_of, until
from tests.eventbus.bus import served

LONG_MS = 60_000
SHORT_MS = 800


@asynccontextmanager
async def bus(tmp_path: Path, max_staleness_ms: int, port: int = 0) -> AsyncIterator[tuple[Hub, str]]:
    """A hub that beats, and its URL."""
    log = EventLog(tmp_path / "events.log")
    # A hub waits for the leases that its former life may have given; this one had none, and so skips that.
    skipped_ms = [0]
    hub = Hub(log, max_staleness_ms=max_staleness_ms, now_ms=lambda: wall_clock_ms() + skipped_ms[0])
    skipped_ms[0] = 2 * max_staleness_ms
    try:
        async with served(hub, port) as url:
            await hub.start()
            yield hub, url
    finally:
        log.close()


@asynccontextmanager
async def tier(
    tmp_path: Path, size: int, max_staleness_ms: int = LONG_MS
) -> AsyncIterator[tuple[ScriptedOrigin, Hub, list[Wire], list[EdgeNode]]]:
    """An origin, a hub, and nodes that follow it, each over a wire of its own."""
    origin = ScriptedOrigin()
    await origin.start()
    async with AsyncExitStack() as stack:
        hub, url = await stack.enter_async_context(bus(tmp_path, max_staleness_ms))
        wires = [await stack.enter_async_context(Wire(url).laid()) for _ in range(size)]
        nodes = await stack.enter_async_context(tier_of(origin, [wire.url for wire in wires]))
        try:
            yield origin, hub, wires, nodes
        finally:
            for wire in wires:
                wire.release()
    await origin.stop()


def put(origin: ScriptedOrigin, path: str, body: bytes) -> None:
    """Let the origin have this at a path, with a validator and a tag."""
    etag = f'"{body.decode()}"'
    origin.says(path, body, cache_control="max-age=60", etag=etag, cache_tag="asset:a, class:segment")


async def bodies(nodes: list[EdgeNode], path: str) -> list[bytes]:
    """What each node answers."""
    return [(await get(node.url + path))[1] for node in nodes]


async def test_nodes_come_to_know_each_other_by_heartbeats(tmp_path: Path) -> None:
    async with tier(tmp_path, 3) as (origin, _, _, nodes):
        assert all(node.membership.names == ("edge-1", "edge-2", "edge-3") for node in nodes)
        assert all(node.why_not_ready() is None for node in nodes)
        paths = [f"/{number}" for number in range(12)]
        for path in paths:
            put(origin, path, path.encode())
            assert await bodies(nodes, path) == [path.encode()] * 3
        assert all(origin.requests[path] == 1 for path in paths)  # the owner asked, for all
        await nodes[2].stop()
        await until(lambda: all(node.membership.names == ("edge-1", "edge-2") for node in nodes[:2]))


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize(
    ("scope", "value"),
    [(Scope.URL, "/a"), (Scope.PREFIX, "/"), (Scope.TAG, "asset:a"), (Scope.ALL, "")],
)
async def test_after_a_confirmed_purge_no_node_serves_the_old_bytes(
    tmp_path: Path, scope: Scope, value: str, soft: bool
) -> None:
    async with tier(tmp_path, 3) as (origin, hub, _, nodes):
        put(origin, "/a", b"old")
        assert await bodies(nodes, "/a") == [b"old"] * 3
        put(origin, "/a", b"new")
        assert await bodies(nodes, "/a") == [b"old"] * 3  # hits
        record = await hub.publish(Purged(scope, value, soft))
        receipts = await hub.confirmed(record.position)
        assert {(receipt.name, receipt.state) for receipt in receipts} == {
            (node.settings.name, ReceiptState.CONFIRMED) for node in nodes
        }
        assert await bodies(nodes, "/a") == [b"new"] * 3
        assert all(node.cache.position == record.position for node in nodes)


async def test_a_fill_under_way_when_the_purge_came_is_delivered_and_kept_by_nobody(tmp_path: Path) -> None:
    async with tier(tmp_path, 3) as (origin, hub, _, nodes):
        path = owned_by(nodes[0], origin)
        slow = origin.answers[path] = SlowBody({"Cache-Control": "max-age=60"})
        # The owner fills; another follows it as its peer.
        waiting = [asyncio.create_task(get(node.url + path)) for node in nodes]
        await slow.asked.wait()
        slow.pieces.put_nowait(b"old")
        await until(lambda: all(len(node.cache.flights) == 1 for node in nodes))
        await hub.confirmed((await hub.publish(Purged(Scope.URL, path))).position)
        origin.says(path, b"new", cache_control="max-age=60")
        assert await bodies(nodes, path) == [b"new"] * 3
        slow.pieces.put_nowait(b"er")
        slow.pieces.put_nowait(None)
        assert [answer[1] for answer in await asyncio.gather(*waiting)] == [b"older"] * 3
        for node in nodes:
            await node.idle()
        assert await bodies(nodes, path) == [b"new"] * 3


async def test_a_peer_that_has_not_heard_of_the_purge_is_not_believed(tmp_path: Path) -> None:
    async with tier(tmp_path, 2) as (origin, hub, wires, (owner, other)):
        path = owned_by(owner, origin)
        put(origin, path, b"old")
        await get(owner.url + path)
        put(origin, path, b"new")
        wires[0].hold()
        record = await hub.publish(Purged(Scope.TAG, "asset:a"))
        await until(lambda: other.cache.position == record.position)
        assert owner.cache.position == 0 and (await get(owner.url + path))[1] == b"old"
        assert (await get(other.url + path))[1] == b"new"
        asked_peer = 'headwater_edge_upstream_requests_total{to="peer"} 1.0'
        assert asked_peer in (await get(other.url + "/metrics"))[1].decode()
        confirming = asyncio.create_task(hub.confirmed(record.position))
        await asyncio.sleep(0)
        assert not confirming.done()  # the purge is not said to hold before the owner has it too
        wires[0].release()
        assert {receipt.state for receipt in await confirming} == {ReceiptState.CONFIRMED}
        assert (await get(owner.url + path))[1] == b"new"


async def test_a_node_that_cannot_hear_the_bus_is_fenced_when_the_hub_says_so(tmp_path: Path) -> None:
    async with tier(tmp_path, 2, SHORT_MS) as (origin, hub, wires, (deaf, hearing)):
        put(origin, "/a", b"old")
        assert await bodies([deaf, hearing], "/a") == [b"old"] * 2
        wires[0].hold()
        record = await hub.publish(Purged(Scope.URL, "/a"))
        put(origin, "/a", b"new")
        states = {receipt.name: receipt.state for receipt in await hub.confirmed(record.position)}
        assert states == {"edge-1": ReceiptState.FENCED, "edge-2": ReceiptState.CONFIRMED}
        # It has heard of nothing, and still serves nothing old as fresh.
        assert deaf.cache.position == 0 and deaf.why_not_ready() is not None
        assert await bodies([deaf, hearing], "/a") == [b"new"] * 2
        for _ in range(2):
            _, body, headers = await get(deaf.url + "/a")
            assert body == b"new" and "detail=fenced" in headers["Cache-Status"]
        wires[0].release()
        await until(lambda: deaf.why_not_ready() is None)
        assert deaf.cache.position == record.position
        await get(deaf.url + "/a")
        assert "; hit" in (await get(deaf.url + "/a"))[2]["Cache-Status"]


async def test_a_node_hears_on_its_return_what_it_missed(tmp_path: Path) -> None:
    origin = ScriptedOrigin()
    await origin.start()
    async with AsyncExitStack() as stack:
        async with bus(tmp_path, LONG_MS) as (hub, url):
            wire = await stack.enter_async_context(Wire(url).laid())
            [node] = await stack.enter_async_context(tier_of(origin, [wire.url]))
            await hub.confirmed((await hub.publish(AssetPublished("a", "0" * 16))).position)
            put(origin, "/a", b"old")
            put(origin, "/b", b"kept")
            assert await bodies([node], "/a") == [b"old"] and await bodies([node], "/b") == [b"kept"]
        log = EventLog(tmp_path / "events.log")
        log.append(Purged(Scope.URL, "/a"), wall_clock_ms())  # accepted, and the origin died before it pushed
        log.close()
        put(origin, "/a", b"new")
        put(origin, "/b", b"changed")
        async with bus(tmp_path, LONG_MS, int(url.split(":")[2].split("/")[0])):
            await until(lambda: node.cache.position == 2)
            assert await bodies([node], "/a") == [b"new"]
            assert await bodies([node], "/b") == [b"kept"]  # it came back where it was, not anew
            await node.stop()
    await origin.stop()


async def test_a_restarted_node_begins_with_nothing_and_believes_no_peer_from_before(tmp_path: Path) -> None:
    async with tier(tmp_path, 2) as (origin, hub, wires, (first, second)):
        path = owned_by(second, origin)
        put(origin, path, b"old")
        assert await bodies([first, second], path) == [b"old"] * 2
        await first.stop()
        wires[1].hold()  # the other one does not hear of what happens meanwhile
        record = await hub.publish(Purged(Scope.URL, path))
        put(origin, path, b"new")
        again = EdgeNode(first.settings)
        await again.start()
        try:
            await until(lambda: again.why_not_ready() is None)
            assert again.cache.position == record.position and len(again.cache.index) == 0
            await until(lambda: len(again.membership.names) == 2)
            assert (await get(second.url + path))[1] == b"old"
            assert (await get(again.url + path))[1] == b"new"
        finally:
            await again.stop()
            wires[1].release()


async def test_a_node_that_goes_keeps_no_purge_waiting(tmp_path: Path) -> None:
    async with tier(tmp_path, 2) as (_, hub, _, nodes):
        await nodes[0].stop()
        async with asyncio.timeout(5):  # its lease would have run for a minute
            receipts = await hub.confirmed((await hub.publish(Purged(Scope.ALL))).position)
        assert [(receipt.name, receipt.state) for receipt in receipts] == [("edge-2", ReceiptState.CONFIRMED)]


async def test_a_node_that_has_not_heard_the_bus_yet_trusts_nothing_it_holds() -> None:
    nowhere = "http://127.0.0.1:9/bus"
    async with origin_and_edge(bus_url=nowhere) as (origin, node):
        put(origin, "/a", b"old")
        assert node.why_not_ready() is not None
        assert await bodies([node], "/a") == [b"old"]
        _, _, headers = await get(node.url + "/a")
        assert "detail=fenced" in headers["Cache-Status"] and origin.requests["/a"] == 2
