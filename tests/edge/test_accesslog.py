"""One line a request, with everything that the log promises."""

import json
import logging
from pathlib import Path

import aiohttp
import pytest

from edge.accesslog import AccessLine, AccessLog
from tests.edge.scripted import edge_before, get, origin_and_edge

LINE = AccessLine(
    at_ms=1, node="edge-1", who="client", client="127.0.0.1", method="GET", key="http://o/a", status=200,
    outcome="hit", reason="fresh", bytes=5, ms=0.25, position=3,
)  # fmt: skip
ALWAYS = {
    "at_ms", "node", "who", "client", "method", "key",
    "status", "outcome", "reason", "bytes", "ms", "position",
}  # fmt: skip


def lines_of(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_a_line_is_one_json_object_and_leaves_out_what_is_nothing(tmp_path: Path) -> None:
    log = AccessLog(tmp_path / "access.log")
    log.write(LINE)
    log.close()
    text = (tmp_path / "access.log").read_text()
    assert text.endswith("}\n") and set(json.loads(text)) == ALWAYS
    assert json.loads(text)["ms"] == 0.25 and json.loads(text)["position"] == 3


def test_lines_are_added_to_those_of_an_earlier_life(tmp_path: Path) -> None:
    for _ in range(2):
        log = AccessLog(tmp_path / "access.log")
        log.write(LINE)
        log.close()
    assert len(lines_of(tmp_path / "access.log")) == 2


def test_lines_are_there_when_they_were_flushed(tmp_path: Path) -> None:
    log = AccessLog(tmp_path / "access.log")
    log.write(LINE)
    log.flush()
    assert len(lines_of(tmp_path / "access.log")) == 1
    log.close()


def test_without_a_target_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    log = AccessLog(None)
    log.write(LINE)
    log.flush()
    log.close()
    assert capsys.readouterr() == ("", "")


def test_a_dash_stands_for_standard_error(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    log = AccessLog(Path("-"))
    log.write(LINE)
    log.flush()
    log.close()
    log = AccessLog(Path("-"))  # which was not closed
    log.write(LINE)
    log.flush()
    assert capfdbinary.readouterr().err.count(b"\n") == 2


async def test_every_request_has_its_line(tmp_path: Path) -> None:
    clock, log = [1_000_000], tmp_path / "access.log"
    async with origin_and_edge(access_log=log, now_ms=lambda: clock[0]) as (origin, node):
        origin.says("/a", b"0123456789", cache_control="max-age=1, stale-while-revalidate=60", etag='"1"')
        origin.says("/private", b"mine", cache_control="private")
        await get(node.url + "/a?CMCD=x")
        await get(node.url + "/a", Range="bytes=2-4")
        clock[0] += 2_000
        await get(node.url + "/a")
        await node.idle()  # the refresh behind it
        await get(node.url + "/private")
        node.cache.skip_to(9)
        async with aiohttp.ClientSession() as session, session.head(node.url + "/a"):
            pass
        await origin.stop()
        await get(node.url + "/b")
        await get(node.url + "/healthz")  # the node's own, and not the cache's
    lines = lines_of(log)
    for line in lines:
        assert set(line) >= ALWAYS and line["node"] == "edge-1" and float(str(line["ms"])) >= 0
    facts = [
        tuple(line[name] for name in ("who", "method", "status", "outcome", "reason", "bytes"))
        for line in lines
    ]
    assert facts == [
        ("client", "GET", 200, "miss", "uri-miss", 10),
        ("client", "GET", 206, "hit", "fresh", 3),
        ("client", "GET", 200, "stale", "stale-while-revalidate", 10),
        ("refresh", "GET", 0, "revalidated", "expired", 0),
        ("client", "GET", 200, "miss", "uri-miss", 4),
        ("client", "HEAD", 200, "hit", "fresh", 0),
        ("client", "GET", 502, "refused", "upstream-unreachable", lines[-1]["bytes"]),
    ]
    assert lines[0]["key"] == lines[1]["key"] == f"{origin.url}/a"
    assert lines[1]["range"] == "bytes=2-4" and "range" not in lines[0]
    assert [line["at_ms"] for line in lines[1:3]] == [1_000_000, 1_002_000]
    assert lines[4]["not_stored"] == "private" and "not_stored" not in lines[0]
    assert [line["position"] for line in lines[4:6]] == [0, 9]
    assert {line["client"] for line in lines} == {"127.0.0.1", ""}


async def test_a_log_that_cannot_be_written_stops_no_request(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        async with origin_and_edge(access_log=Path("/dev/full")) as (origin, node):
            origin.says("/a", b"hello", cache_control="max-age=60")
            for _ in range(60):  # more than a buffer holds
                assert (await get(node.url + "/a"))[:2] == (200, b"hello")
    [complaint] = caplog.records
    assert "/dev/full" in complaint.getMessage() and "No space left" in complaint.getMessage()


async def test_a_log_that_cannot_be_opened_is_an_error_that_names_it(tmp_path: Path) -> None:
    missing = tmp_path / "no" / "access.log"
    with pytest.raises(OSError, match=str(missing)):
        async with edge_before("http://127.0.0.1:1", access_log=missing):
            pass
