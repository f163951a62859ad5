"""The books of the hot path say what those of every request say."""

import json
from pathlib import Path
from typing import Any

import pytest

from edge import EdgeNode
from edge.counters import LATENCY_BOUNDS_MS
from tests.edge.scripted import get
from tests.edge.test_hotpath import warm


def lines_of(log: Path) -> list[dict[str, Any]]:
    """Without what tells of the time taken, and of the connection."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [{name: value for name, value in line.items() if name != "ms"} for line in lines]


async def books(log: Path, *, hot_path: bool) -> tuple[list[dict[str, Any]], EdgeNode]:
    """What a node enters for the same requests."""
    async with warm(access_log=log, hot_path=hot_path) as (_, node, wire, clock):
        for line, fields in (("GET", ""), ("HEAD", ""), ("GET", "Range: bytes=2-4\r\n")):
            for _ in range(3):
                await wire.ask(f"{line} /a HTTP/1.1", fields)
                clock.now_ms += 10
        assert sum(node.counters.requests.values()) == 10  # read, they are written up
        node.cache.skip_to(7)
        await wire.ask()
    return lines_of(log), node


async def test_lines_and_counters_are_those_of_every_request(tmp_path: Path) -> None:
    (cold, slow), (hot, fast) = [
        await books(tmp_path / str(hot_path), hot_path=hot_path) for hot_path in (False, True)
    ]
    keys = [line.pop("key").partition("/a")[2] for line in (*cold, *hot)]
    assert set(keys) == {""} and cold == hot and len(hot) == 11
    assert slow.counters.prepared == 0 and fast.counters.prepared == 7
    for name in ("requests", "sent_bytes", "not_stored", "cut_off"):
        assert getattr(slow.counters, name) == getattr(fast.counters, name)
    assert sum(fast.counters.latency_ms["client"]) == 11


async def test_metrics_are_written_up_before_they_are_read() -> None:
    async with warm() as (_, node, wire, _):
        assert await wire.is_hot()
        text = (await get(node.url + "/metrics"))[1].decode()
    assert "headwater_edge_prepared_total 2.0" in text
    assert 'headwater_edge_requests_total{outcome="hit",reason="fresh",who="client"} 3.0' in text
    bounds = len(LATENCY_BOUNDS_MS) + 1
    assert text.count('headwater_edge_request_seconds_bucket{le="') == bounds


@pytest.mark.parametrize("number", [1, 5_000])
async def test_any_number_of_lines_is_written(number: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with warm(access_log=log) as (_, node, wire, _):
        assert await wire.is_hot()
        for _ in range(number):
            await wire.ask()
        assert node.counters.prepared == number + 2
    assert len(lines_of(log)) == number + 4
