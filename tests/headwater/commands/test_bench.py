import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.edge.measure import Found
from bench.edge.rows import EdgeRow
from bench.edge.settings import EdgeBenchSettings
from headwater.commands.bench import app


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--policy", "lru,magic"], "policy: 'magic' is not one of"),
        (["--policy", "s3-fifo:small_ratio=0.2"], "policy 's3fifo': is benched without options"),
        (["--requests", "0"], "requests: at least 1, not 0"),
        (["--capacity", "200"], "capacity: more than 0 % and at most 100 %, not 200"),
    ],
)
def test_what_is_wrong_is_one_line(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(app, ["simulator", *arguments])
    assert result.exit_code == 2 and words in result.stderr and result.stderr.count("\n") == 1


def test_the_table_and_the_figures_say_the_same(tmp_path: Path) -> None:
    target = tmp_path / "rows.json"
    small = ["--requests", "5000", "--objects", "500", "--rounds", "1", "--policy", "FIFO"]
    result = CliRunner().invoke(app, ["simulator", *small, "--json", str(target)])
    assert result.exit_code == 0, result.output
    rows = json.loads(target.read_text())
    (fifo,) = (row for row in rows if row["kind"] == "policy")
    assert f"{fifo['ours']['miss_ratio']:.5f}" in result.stdout
    assert "5,000 requests for " in result.stdout and "cachetools LRUCache: cache[key]" in result.stdout
    assert "bench: 0 %, drawing the trace" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--case", "hit,magic"], "case: 'magic' is not one of hit, disk"),
        (["--server", "apache"], "server: 'apache' is not one of headwater"),
        (["--size", "much"], "size 'much': a number with B"),
        (["--size", "1GiB"], "size: from 1 to 67108864 bytes, not 1073741824"),
        (["--seconds", "0"], "seconds: at least 1, not 0"),
        (["--case", "404-hit"], "wrk is not installed (apt-get install wrk)"),
    ],
)
def test_the_edges_bench_says_what_is_wrong_in_one_line(
    arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    result = CliRunner().invoke(app, ["edge", *arguments])
    assert result.exit_code == 2 and words in result.stderr and result.stderr.count("\n") == 1


def test_the_edges_bench_prints_a_table_and_writes_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [EdgeRow("hit", 1024, "headwater", 5000.0, 1e7, 2.0, 0, 0.5, 10_000.0, None, None)]

    async def measured(settings: EdgeBenchSettings, on_progress: object) -> Found:
        assert (settings.cases, settings.sizes_bytes, settings.servers) == (("hit",), (1024,), ("headwater",))
        assert (settings.seconds, settings.rounds, settings.connections) == (1, 2, 3)
        return Found(rows, ["tls: varnish speaks no TLS"], failures)

    failures: list[str] = []
    monkeypatch.setattr("bench.edge.measure.measure", measured)
    given = ["--case", "hit", "--size", "1KiB", "--server", "headwater"]
    given += ["--seconds", "1", "--rounds", "2", "--connections", "3", "--json"]
    target = tmp_path / "rows.json"
    result = CliRunner().invoke(app, ["edge", *given, str(target)])
    assert result.exit_code == 0, result.output
    assert "hit, 1 KiB" in result.stdout and "tls: varnish speaks no TLS" in result.stdout
    (row,) = json.loads(target.read_text())
    assert (row["case"], row["size_bytes"], row["server"], row["errors"]) == ("hit", 1024, "headwater", 0)
    failures.append("hit: nginx: status 500")
    result = CliRunner().invoke(app, ["edge", *given, "-"])
    assert result.exit_code == 1 and json.loads(result.stdout) == [row]
    assert "FAILED hit: nginx: status 500" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--policy", "lru,magic"], "policy: 'magic' is not one of"),
        (["--objects", "10"], "objects: at least 1000, not 10"),
    ],
)
def test_the_indexs_bench_says_what_is_wrong_in_one_line(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(app, ["index", *arguments])
    assert result.exit_code == 2 and words in result.stderr and result.stderr.count("\n") == 1


def test_the_indexs_bench_prints_tables_and_writes_rows(tmp_path: Path) -> None:
    target = tmp_path / "rows.json"
    small = ["--objects", "1000", "--lookups", "1000", "--policy", "lru"]
    result = CliRunner().invoke(app, ["index", *small, "--json", str(target)])
    assert result.exit_code == 0, result.output
    kinds = {row["kind"] for row in json.loads(target.read_text())}
    assert {"lookup", "pause", "part"} <= kinds <= {"lookup", "pause", "part", "memory"}
    assert "look-ups/s" in result.stdout and "bytes per object" in result.stdout
    assert "bench: 0 %, lru, 1,000 objects" in result.stderr
