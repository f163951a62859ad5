"""The laboratory from the command line: figures, pictures, one line for what is wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import zstandard
from distributed import LocalCluster
from typer.testing import CliRunner, Result

from headwater.cli import app
from simulator.traces.oracle import RECORD
from tests.simulator.traces.build import SOME, log_line, oracle_bytes, write

FIELDS = {
    "policy",
    "admission",
    "capacity_bytes",
    "requests",
    "misses",
    "request_bytes",
    "miss_bytes",
    "requests_per_s",
}


def simulate(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["simulate", *map(str, arguments)], env={"COLUMNS": "100"})


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "zipf.oracleGeneral.zst"
    wanted = ("--requests", 20_000, "--objects", 2000, "--smallest", 100, "--largest", "10kB")
    assert simulate("synth", "zipf", path, *wanted).exit_code == 0
    return path


def rows(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def test_figures_are_rows_with_the_promised_fields(trace: Path) -> None:
    wanted = ("--policy", "lru,sieve", "--capacity", "1%,5%,1MiB", "--jobs", 1, "--json", "-")
    found = rows(simulate("replay", trace, *wanted))
    assert [(row["policy"], row["capacity_bytes"] == 2**20) for row in found] == [
        ("lru", False),
        ("lru", False),
        ("lru", True),
        ("sieve", False),
        ("sieve", False),
        ("sieve", True),
    ]
    assert all(set(row) >= FIELDS for row in found)
    assert {row["requests"] for row in found} == {20_000}
    assert all(0 < row["misses"] < 20_000 and 0 < row["miss_bytes"] < row["request_bytes"] for row in found)
    assert found[1]["capacity_bytes"] == pytest.approx(5 * found[0]["capacity_bytes"], abs=5)
    assert found[0]["misses"] > found[1]["misses"] > found[2]["misses"] > 0


def test_a_table_and_a_picture_and_a_file_of_figures(trace: Path, tmp_path: Path) -> None:
    files = ("--plot", tmp_path / "a.html", "--json", tmp_path / "a.json")
    result = simulate(
        "replay", trace, "--policy", "lru", "--capacity", "2%,9%", "--jobs", 1, "--warmup", "10%", *files
    )
    assert result.exit_code == 0, result.output
    assert "byte misses" in result.stdout
    assert "20,000 requests for" in result.stdout
    assert "counted after 2,000 requests" in result.stdout
    assert "request miss ratio (%)" in (tmp_path / "a.html").read_text()
    assert {row["requests"] for row in json.loads((tmp_path / "a.json").read_text())} == {18_000}
    assert result.stderr == "", "short work is done without words"


def test_all_formats_say_the_same(tmp_path: Path) -> None:
    lines = "".join(f"{size};{key};{time}\n" for time, key, size in SOME)
    log = "".join(log_line(time * 1000, str(key), size) for time, key, size in SOME)
    packed = zstandard.ZstdCompressor().compress(oracle_bytes(SOME))
    traces = [
        (write(tmp_path / "t.oracleGeneral", oracle_bytes(SOME)),),
        (write(tmp_path / "t.oracleGeneral.zst", packed),),
        (write(tmp_path / "t.txt", lines), "--columns", "size=1,id=2,time=3", "--delimiter", ";"),
        (write(tmp_path / "t", "s;k;t\n" + lines), "--columns", "size=s,id=k", "--delimiter", ";"),
        (write(tmp_path / "t.jsonl", log),),
        (write(tmp_path / "t.other", log), "--format", "accesslog"),
    ]
    wanted = ("--policy", "lru,fifo", "--capacity", "150", "--jobs", 1, "--json", "-")
    told = [[row["misses"] for row in rows(simulate("replay", *which, *wanted))] for which in traces]
    assert told == [[5, 4]] * 6


def test_rules_of_admission_are_replayed_too(trace: Path) -> None:
    wanted = (
        "--policy",
        "LRU",
        "--admission",
        "all,size:max_bytes=2kB,second,tinylfu,adaptsize",
        "--capacity",
        "2%",
    )
    found = rows(simulate("replay", trace, *wanted, "--jobs", 1, "--json", "-"))
    assert [row["admission"] for row in found] == ["all", "size", "second", "tinylfu", "adaptsize"]
    everything, *strict, adaptsize = [row["written_bytes"] for row in found]
    assert all(written < everything for written in strict)
    assert adaptsize <= everything, "it first has to learn"


def test_a_curve_exact_and_sampled(trace: Path, tmp_path: Path) -> None:
    exact = rows(simulate("mrc", trace, "--points", 5, "--json", "-"))
    assert [row["miss_ratio"] for row in exact] == sorted((row["miss_ratio"] for row in exact), reverse=True)
    capacities = ",".join(str(row["capacity_bytes"]) for row in exact)
    replayed = rows(
        simulate("replay", trace, "--policy", "lru", "--capacity", capacities, "--jobs", 1, "--json", "-")
    )
    assert [row["misses"] for row in replayed] == [row["misses"] for row in exact]
    plot = tmp_path / "a.png"
    sampled = rows(simulate("mrc", trace, "--points", 5, "--sample", "10%", "--plot", plot, "--json", "-"))
    assert all(row["miss_ratio_error"] >= 0 for row in sampled)
    assert abs(sampled[-1]["miss_ratio"] - exact[-1]["miss_ratio"]) < 0.05
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert "±" in simulate("mrc", trace, "--points", 3, "--sample", "10%").stdout


@pytest.mark.parametrize("kind", ["zipf", "churn", "scans", "sessions"])
def test_every_kind_can_be_written_and_replayed(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"{kind}.oracleGeneral"
    result = simulate("synth", kind, path, "--requests", 5000, "--objects", 50, "--seed", 3)
    assert result.exit_code == 0, result.output
    assert path.stat().st_size == 5000 * RECORD.itemsize
    assert rows(simulate("replay", path, "--capacity", "10%", "--policy", "lru", "--jobs", 1, "--json", "-"))


BROKEN = [
    (
        "t.oracleGeneral",
        oracle_bytes(SOME)[:-1],
        (),
        "record 6: is 23 bytes long and should be 24: the trace is cut off",
    ),
    ("t.oracleGeneral", b"", (), "has no request"),
    ("t.oracleGeneral.zst", oracle_bytes(SOME), (), "does not begin with the magic number of zstd"),
    (
        "t.oracleGeneral.zst",
        zstandard.ZstdCompressor().compress(oracle_bytes(SOME))[:-4],
        (),
        "in the middle of a zstd",
    ),
    ("t.csv", "1,a,10\n2,b,-3\n", (), "record 2 (line 2): size '-3' is negative"),
    (
        "t.csv",
        "time,key,size\n1,a,10\n2,b,many\n",
        (),
        "record 2 (line 3): size 'many' is not a whole number",
    ),
    ("t.csv", "1,a,10\n2,b\n", (), "record 2 (line 2): there is no column 3 (size); the line has 2"),
    ("t.csv", "a,b\n1,2\n", ("--columns", "id=url"), "there is no column 'url' in the header (a, b)"),
    ("t.jsonl", log_line(1, "a", 1) + "{}\n", (), "record 2: is no line of an access log"),
    ("t.trace", b"", (), "its name does not tell the format"),
]


@pytest.mark.parametrize(("name", "content", "options", "words"), BROKEN)
def test_a_broken_trace_is_one_line_and_leaves_nothing(
    tmp_path: Path, name: str, content: bytes | str, options: tuple[str, ...], words: str
) -> None:
    path, scratch = write(tmp_path / name, content), tmp_path / "scratch"
    scratch.mkdir()
    result = simulate("replay", path, *options, "--scratch", scratch, "--json", "-")
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith(f"headwater: {path}: ")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["replay", "none.csv"], 2, "none.csv: cannot be read (No such file or directory)"),
        (["replay", "TRACE", "--policy", "mru"], 2, "policy: 'mru' is not one of"),
        (["replay", "TRACE", "--policy", "lru:x=1"], 2, "x: is no option of the policy 'lru'"),
        (["replay", "TRACE", "--admission", "never"], 2, "admission: 'never' is not one of all, "),
        (["replay", "TRACE", "--capacity", "0%"], 2, "capacity '0%': at least 1 byte"),
        (["replay", "TRACE", "--warmup", "20000"], 2, "warmup '20000': fewer than the 20000 requests"),
        (["replay", "TRACE", "--columns", "key=1"], 2, "columns: 'key=1' is not one of"),
        (["replay", "TRACE", "--who", "robot"], 2, "who: some of client, peer, refresh, not robot"),
        (["replay", "TRACE", "--plot", "a.pdf"], 2, "plot a.pdf: the name ends in .png or .html"),
        (
            ["replay", "TRACE", "--scratch", "none"],
            2,
            "cannot be prepared in none (No such file or directory)",
        ),
        (["mrc", "TRACE", "--sample", "50%"], 2, "sample '50%': above 0 % and up to 12.5%"),
        (["synth", "zipf", "t.bin", "--objects", "0"], 2, "objects: a number from 1"),
        (["synth", "sessions", "t.bin", "--leaves", "2"], 2, "leaves: a probability from 0 to 1"),
        (["synth", "zipf", "none/t.bin", "--requests", "5"], 1, "No such file or directory"),
    ],
)
def test_what_is_wrong_is_one_line(trace: Path, arguments: list[str], code: int, words: str) -> None:
    result = simulate(*(str(trace) if word == "TRACE" else word for word in arguments))
    assert result.exit_code == code, result.output
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_dask_cluster_does_the_same(trace: Path, tmp_path: Path) -> None:
    wanted = ("--policy", "lru,sieve", "--capacity", "1%,5%", "--scratch", tmp_path, "--json", "-")
    here = rows(simulate("replay", trace, *wanted, "--jobs", 1))
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=1,
        threads_per_worker=1,
        dashboard_address=None,
        host="127.0.0.1",
        local_directory=str(tmp_path),
    ) as cluster:
        there = rows(simulate("replay", trace, *wanted, "--dask", cluster.scheduler_address))
    assert [row["misses"] for row in there] == [row["misses"] for row in here]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order(tmp_path: Path, number: signal.Signals) -> None:
    scratch, pipe = tmp_path / "scratch", tmp_path / "t.csv"
    scratch.mkdir()
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "headwater", "simulate", "replay", str(pipe), "--scratch", str(scratch)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    with pipe.open("w") as writer:
        # More than the pipe holds, so that writing it all means that it is being read.
        writer.write("".join(f"{n},key{n % 99},5\n" for n in range(200_000)))
        writer.flush()
        process.send_signal(number)
        _, complaints = process.communicate(timeout=30)
    assert process.returncode == 130
    assert complaints == "headwater: replay: stopped before its end\n"
    assert list(scratch.iterdir()) == []
