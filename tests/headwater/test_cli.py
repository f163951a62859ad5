"""The command line as a person meets it: help, and one clear line for what is wrong."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from caching.policies import POLICIES
from headwater.cli import app

KNOWN = ", ".join(sorted(POLICIES))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(
        app, list(arguments), env={"HEADWATER_ORIGIN": "http://127.0.0.1:9", "COLUMNS": "120"}
    )


def test_help_names_every_command() -> None:
    text = run("--help").output
    for command in ("demo", "up", "origin", "edge", "publish", "purge", "assets", "loadtest", "bench"):
        assert f" {command} " in text


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["purge"], 2, "exactly one of --url, --prefix, --tag and --all is needed"),
        (["purge", "--url", "/a", "--all"], 2, "exactly one of"),
        (["purge", "--all"], 1, "origin http://127.0.0.1:9: "),
        (["assets"], 1, "origin http://127.0.0.1:9: "),
        (["publish", "none.mp4", "--id", "x"], 1, "none.mp4: there is no such file"),
        (["demo", "none.mp4"], 2, "none.mp4: there is no such file"),
        (["edge", "--listen", "127.0.0.1:0"], 2, "origin_url"),
        (["edge", "--origin", "nowhere"], 2, "origin_url: an http:// or https:// URL, not 'nowhere'"),
        (["edge", "--origin", "http://x", "--capacity", "much"], 2, "size 'much'"),
        (["edge", "--origin", "http://x", "--policy", "mru"], 2, f"policy: one of {KNOWN}, not 'mru'"),
        (["edge", "--origin", "http://x", "--peer", "edge-2"], 2, "NAME=VALUE"),
        (["edge", "--origin", "http://x", "--config", "none.toml"], 2, "none.toml: cannot be read"),
        (["loadtest", "--edge", "x", "--asset", "a"], 2, "load test edge 'x' is no base URL"),
    ],
)
def test_what_is_wrong_is_one_line(arguments: list[str], code: int, words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == code, result.output
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_figures_that_cannot_be_written_are_named(tmp_path: Path) -> None:
    import typer

    from headwater.console import write_json

    write_json(str(tmp_path / "figures.json"), {"requests": 1})
    assert json.loads((tmp_path / "figures.json").read_text()) == {"requests": 1}
    with pytest.raises(typer.Exit):
        write_json(str(tmp_path / "none" / "figures.json"), {})
