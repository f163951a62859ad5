"""A day from the command line, on a small scale."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner, Result

from headwater.cli import app

SMALL = ("--requests", "300000", "--objects", "3000")


def day(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["simulate", "day", *arguments], env={"COLUMNS": "100"})


def test_each_policy_at_each_capacity_is_a_line() -> None:
    result = day(*SMALL, "--policy", "lru, sieve", "--capacity", "1%,10%", "--alpha", "0.8")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["lru", "lru", "sieve", "sieve"]
    assert all("300,000 requests (Zipf 0.8) in" in line and "TiB written" in line for line in lines)


def test_figures_are_rows_with_the_fields_of_a_replay() -> None:
    result = day(*SMALL, "--policy", "lru", "--smallest", "1", "--largest", "1", "--json", "-")
    assert result.exit_code == 0, result.output
    (row,) = json.loads(result.stdout)
    assert (row["policy"], row["admission"], row["capacity_bytes"]) == ("lru", "all", 30)
    assert row["requests"] == row["request_bytes"] == 300_000
    assert 0 < row["misses"] == row["miss_bytes"] < 300_000 and row["requests_per_s"] > 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--policy", "lru,magic"], "policy: 'magic' is not one of fifo, lru"),
        (["--policy", "belady"], "policy: 'belady' is not one of fifo, lru"),
        (["--capacity", "x"], "capacity size 'x'"),
        (["--requests", "0"], "requests: at least 1, not 0"),
        (["--objects", "0"], "objects: a number from 1"),
        (["--smallest", "2MiB", "--largest", "1MiB"], "sizes: 1 <= smallest <= largest"),
    ],
)
def test_what_is_wrong_is_one_line(arguments: list[str], words: str) -> None:
    result = day(*SMALL, *arguments)
    assert result.exit_code == 2 and result.stdout == ""
    assert words in result.stderr and result.stderr.count("\n") == 1
