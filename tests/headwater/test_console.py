import asyncio
import io
import json
import os
import signal
from pathlib import Path

import pytest
import typer
from rich.console import Console

from headwater import console
from headwater.console import fail, run_until_signal, write_json


def test_a_failure_is_one_line_and_a_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as caught:
        fail("[edge] is not a table", 2)
    assert caught.value.exit_code == 2
    assert capsys.readouterr().err == "headwater: [edge] is not a table\n"


def test_figures_go_to_a_file_or_to_standard_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_json(None, {"requests": 1})
    write_json("-", {"requests": 2})
    write_json(str(tmp_path / "figures.json"), {"requests": 3})
    assert json.loads(capsys.readouterr().out) == {"requests": 2}
    assert json.loads((tmp_path / "figures.json").read_text()) == {"requests": 3}


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        write_json(str(tmp_path / "none" / "figures.json"), {})
    assert "none/figures.json: cannot be written" in capsys.readouterr().err


def test_work_runs_to_its_end_or_to_a_signal() -> None:
    async def answer() -> int:
        return 42

    tidied = []

    async def until_interrupted() -> int:
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.Event().wait()
        finally:
            tidied.append(True)
        return 0

    assert run_until_signal(answer()) == 42
    assert run_until_signal(until_interrupted()) is None and tidied == [True]


def on(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> io.StringIO:
    said = io.StringIO()
    monkeypatch.setattr(
        console, "err", Console(file=said, force_terminal=terminal, width=100, highlight=False)
    )
    return said


def test_elsewhere_it_is_a_line_for_every_tenth(monkeypatch: pytest.MonkeyPatch) -> None:
    said = on(monkeypatch, terminal=False)
    with console.progress("replaying") as tick:
        for hundredth in range(0, 101, 5):
            tick(hundredth / 100, "42 M requests/s" if hundredth >= 50 else "")
    lines = said.getvalue().splitlines()
    assert lines[:2] == ["replaying: 0 %", "replaying: 10 %"]
    assert lines[-1] == "replaying: 100 %, 42 M requests/s"
    assert len(lines) == 11


def test_on_a_terminal_it_is_a_bar_with_the_note(monkeypatch: pytest.MonkeyPatch) -> None:
    said = on(monkeypatch, terminal=True)
    with console.progress("replaying") as tick:
        tick(0.5)
        tick(1.0, "42 M requests/s")
    assert "replaying" in said.getvalue()
    assert "100 %" in said.getvalue()
    assert "42 M requests/s" in said.getvalue()
