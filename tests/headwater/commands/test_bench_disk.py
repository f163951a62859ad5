import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from headwater.commands.bench import app


def test_the_disks_bench_prints_a_table_and_writes_rows(tmp_path: Path) -> None:
    target, folder = tmp_path / "rows.json", tmp_path / "disk"
    folder.mkdir()
    few = ["--objects", "20", "--large-objects", "2", "--large-size", "64KiB", "--rounds", "1"]
    result = CliRunner().invoke(app, ["disk", *few, "--folder", str(folder), "--json", str(target)])
    assert result.exit_code == 0, result.output
    assert "start without journal, 4.1 kB" in result.stdout
    cases = {(row["case"], row["size_bytes"]): row["objects"] for row in json.loads(target.read_text())}
    assert cases["start", 4096] == 20 and cases["write", 65536] == 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--objects", "0"], 2, "objects: at least 1, not 0"),
        (["--size", "much"], 2, "size 'much': a number with B"),
        (["--objects", "1", "--folder", "/nowhere"], 1, "No such file or directory: '/nowhere"),
    ],
)
def test_the_disks_bench_says_what_is_wrong_in_one_line(arguments: list[str], code: int, words: str) -> None:
    result = CliRunner().invoke(app, ["disk", *arguments])
    assert result.exit_code == code and words in result.stderr and result.stderr.count("\n") == 1
