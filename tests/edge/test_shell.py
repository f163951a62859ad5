"""What a node's requests share: being busy, work in the background, the books."""

import asyncio
import json
from pathlib import Path

import pytest

from caching import CacheSettings, Exchange, Headers, Record, Request
from edge import EdgeSettings
from edge.clock import Timing
from edge.driver import Driver
from edge.shell import Shell
from tests.edge.raw import RawServer

OK = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 5\r\n\r\nhello"


def shell_before(origin_url: str, log: Path | None = None, capacity_bytes: int = 10_000) -> Shell:
    cache = CacheSettings(node_name="edge-1", capacity_bytes=capacity_bytes, entry_overhead_bytes=0)
    return Shell(EdgeSettings(origin_url=origin_url, cache=cache, access_log=log), lambda: 1_000)


def request_of(shell: Shell, target: str) -> Request:
    return Request("GET", *shell.settings.origin_site, target, Headers())


async def test_a_node_is_idle_when_the_last_work_has_ended() -> None:
    shell = shell_before("http://127.0.0.1:1")
    await shell.idle()
    with shell.busy():
        waiting = asyncio.create_task(shell.idle())
        with shell.busy():
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiting.done()
    await waiting
    assert shell.arrived == 2


async def test_a_node_is_busy_from_the_moment_that_work_was_spawned_until_it_ended_badly_or_well() -> None:
    shell, gate = shell_before("http://127.0.0.1:1"), asyncio.Event()

    async def work(fails: bool) -> None:
        await gate.wait()
        if fails:
            raise ValueError("as it happens")

    tasks = [shell.spawn(work(fails)) for fails in (True, False)]
    waiting = asyncio.create_task(shell.idle())
    await asyncio.sleep(0)
    assert not waiting.done()
    gate.set()
    await waiting
    assert [task.exception() is None for task in tasks] == [False, True]


async def test_a_node_may_be_busy_although_something_raised() -> None:
    shell = shell_before("http://127.0.0.1:1")
    with pytest.raises(ValueError, match="raised"), shell.busy():
        raise ValueError("raised")
    await shell.idle()


async def test_stopping_ends_what_runs_in_the_background() -> None:
    shell = shell_before("http://127.0.0.1:1")
    task = shell.spawn(asyncio.Event().wait())  # type: ignore[arg-type]
    await asyncio.sleep(0)
    await shell.stop()
    assert task.cancelled()
    await shell.idle()


async def test_what_leaves_the_index_leaves_the_store_and_is_counted() -> None:
    async with RawServer(OK).listening() as origin:
        shell = shell_before(origin.url, capacity_bytes=12)
        for target in ("/a", "/b", "/c"):
            await Driver(shell, Exchange(shell.cache, request_of(shell, target)), None).run()
        assert len(shell.cache.index) == len(shell.bodies) == 2
        assert shell.counters.dropped == {"evicted": 1}
        await shell.stop()


async def test_a_finished_exchange_is_entered_everywhere(tmp_path: Path) -> None:
    async with RawServer(OK).listening() as origin:
        shell = shell_before(origin.url, tmp_path / "access.log", capacity_bytes=7)
        records: list[Record] = []
        shell.on_record = records.append
        for target in ("/a", "/b"):
            exchange = Exchange(shell.cache, request_of(shell, target))
            await Driver(shell, exchange, None).run()
            shell.finished(exchange, "refresh", None, Timing(1_000))
        await shell.stop()
    assert [record.key for record in records] == [f"{origin.url}/a", f"{origin.url}/b"]
    assert shell.counters.requests == {("refresh", "miss", "uri-miss"): 2}
    first, second = (json.loads(line) for line in (tmp_path / "access.log").read_text().splitlines())
    assert (first["who"], first["client"], first["status"], first["at_ms"]) == ("refresh", "", 0, 1_000)
    assert "evicted" not in first and second["evicted"] == 1
