"""The access log's lines and the figures, from real requests."""

import json
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from eventbus.roster import Receipt, ReceiptState
from origin.books import Books
from tests.origin.origins import Site, running


async def figures(site: Site) -> dict[tuple[str, ...], float]:
    _, body = await site.get("/metrics")
    families = text_string_to_metric_families(body.decode())
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


async def test_each_request_is_one_line(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    async with running(tmp_path / "data", access_log=log, now_ms=lambda: 77) as site:
        _, body = await site.get(site.media("audio/1.m4s"))
        await site.get(site.media("audio/1.m4s"), Range="bytes=0-9")
        await site.get("/vod/absent/master.m3u8?a=b%20c")
        await site.ask("HEAD", "/vod/clip/master.m3u8")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["method"], line["status"], line["bytes"]) for line in lines] == [
        ("GET", 200, len(body)),
        ("GET", 206, 10),
        ("GET", 404, lines[2]["bytes"]),
        ("HEAD", 200, 0),
    ]
    assert lines[1]["range"] == "bytes=0-9"
    assert lines[1]["object_class"] == "segment"
    assert lines[2]["target"] == "/vod/absent/master.m3u8?a=b%20c"
    assert "object_class" not in lines[2]
    assert all(line["at_ms"] == 77 and line["client"] == "127.0.0.1" for line in lines)
    assert all(line["node"] == "origin" and 0 <= line["ms"] < 10_000 for line in lines)


async def test_requests_are_counted_by_class_and_status(tmp_path: Path) -> None:
    async with running(tmp_path) as site:
        _, body = await site.get(site.media("audio/1.m4s"))
        await site.get(site.media("audio/1.m4s"))
        await site.get("/nothing")
        counted = await figures(site)
    assert counted["headwater_origin_requests_total", "segment", "200"] == 2
    assert counted["headwater_origin_requests_total", "other", "404"] == 1
    assert counted["headwater_origin_sent_bytes_total", "segment"] == 2 * len(body)
    assert counted["headwater_origin_request_seconds_count", "segment"] == 2
    assert counted["headwater_origin_bus_members",] == 0
    assert counted["headwater_origin_log_position",] == 1


def test_purges_are_timed_by_how_they_came_to_hold() -> None:
    books = Books("origin", None, lambda: 0)
    books.purged((Receipt("a", ReceiptState.CONFIRMED, 3), Receipt("b", ReceiptState.FENCED, 2_000)))
    text = books.figures().decode()
    assert 'headwater_origin_purge_seconds_sum{state="confirmed"} 0.003' in text
    assert 'headwater_origin_purge_seconds_sum{state="fenced"} 2.0' in text


def test_a_log_that_cannot_be_opened_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Books("origin", tmp_path / "nowhere" / "access.log", lambda: 0)


async def test_lines_go_to_standard_error_when_asked(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    async with running(tmp_path, clip=False, access_log=Path("-")) as site:
        await site.get("/healthz")
    (line,) = capfdbinary.readouterr().err.splitlines()
    assert json.loads(line)["target"] == "/healthz"
