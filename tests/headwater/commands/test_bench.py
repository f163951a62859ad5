import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

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
