import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from bench.edge import measure as measuring
from bench.edge.cases import NOT_OFFERED
from bench.edge.measure import Found, measure
from bench.edge.servers import SERVERS, Server, Site, plain
from bench.edge.settings import EdgeBenchSettings
from bench.processes import AbsentError


async def found_by(**settings: object) -> tuple[Found, list[str]]:
    said: list[tuple[float, str]] = []
    found = await measure(
        EdgeBenchSettings(seconds=1, connections=2, sizes_bytes=(1024,), **settings),  # type: ignore[arg-type]
        lambda share, note: said.append((share, note)),
    )
    shares = [share for share, _ in said]
    assert shares == sorted(shares) and shares[-1] == 1
    return found, [note for _, note in said]


@pytest.mark.usefixtures("without_peers")
async def test_servers_take_turns_and_each_case_has_its_rows() -> None:
    found, notes = await found_by(cases=("hit", "range"), rounds=2)
    assert not found.failures
    measured = [(row.case, row.size_bytes, row.server) for row in found.rows]
    assert measured == [
        ("hit", 1024, "headwater"),
        ("hit", 1024, "plain"),
        ("range", 1024, "headwater"),
    ]
    for row in found.rows:
        assert row.requests_per_s > 10 and row.errors == 0 and row.bytes_per_s > row.requests_per_s
        assert (row.ratio is None) == (row.server == "headwater")
    assert notes[:4] == [
        "hit 1,024 bytes, round 1, headwater",
        "hit 1,024 bytes, round 1, plain",
        "hit 1,024 bytes, round 2, plain",
        "hit 1,024 bytes, round 2, headwater",
    ]
    absent = [remark for remark in found.remarks if "apt-get install" in remark]
    assert len(absent) == 2, "one line for each, whatever the number of cases"
    assert "range: plain answers ranges with the whole" in found.remarks


@pytest.mark.usefixtures("without_peers")
async def test_a_case_that_needs_what_is_absent_is_said_and_the_rest_goes_on() -> None:
    found, _ = await found_by(cases=("steady", "disk", "miss", "404-hit"), servers=("plain",), rounds=1)
    assert [(row.case, row.size_bytes) for row in found.rows] == [("miss", 1024), ("404-hit", 23)]
    assert "steady: h2load is not installed (apt-get install nghttp2-client): left out" in found.remarks
    assert "disk: plain has no disk tier" in found.remarks


async def test_without_wrk_there_is_nothing_to_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(AbsentError, match=r"wrk is not installed \(apt-get install wrk\)"):
        await found_by(cases=("hit",))


@pytest.mark.usefixtures("without_peers")
async def test_a_server_that_errs_has_no_row_and_the_others_have(monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def wrong(site: Site) -> AsyncIterator[Server]:
        """Its origin is another one: all that it serves is right, and never came from this one."""
        async with measuring.origin(site.folder, None) as url, plain(site._replace(origin_url=url)) as server:
            yield server

    monkeypatch.setattr(measuring, "SERVERS", {**SERVERS, "nginx": wrong})
    found, _ = await found_by(cases=("404-miss",), servers=("nginx", "plain"), rounds=2)
    assert [row.server for row in found.rows] == ["plain"]
    (failure,) = found.failures
    assert failure.startswith("404-miss 23 bytes: nginx: /absent/nginx.0-: the origin was asked 0 times")


def absent() -> Iterator[str]:
    path = os.pathsep.join((os.environ["PATH"], "/usr/sbin"))
    for program in ("wrk", "h2load", "nginx", "varnishd", "openssl"):
        if shutil.which(program, path=path) is None:
            yield program


@pytest.mark.real
@pytest.mark.skipif(any(absent()), reason=f"not installed: {', '.join(absent())}")
async def test_the_real_peers_answer_rightly() -> None:
    cases = ("range", "tls", "steady")
    found, _ = await found_by(rounds=1, cases=cases)
    assert not found.failures
    measured = {(row.server, row.case) for row in found.rows}
    assert measured == {(server, case) for server in SERVERS for case in cases} - set(NOT_OFFERED)
    assert all(row.errors == 0 for row in found.rows)


def test_the_order_of_turns_moves_on() -> None:
    assert [measuring._in_turn("abc", number) for number in range(4)] == [
        [*"abc"],
        [*"bca"],
        [*"cab"],
        [*"abc"],
    ]
    assert measuring._in_turn([], 3) == []
