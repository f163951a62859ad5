"""Progress as it looks without a terminal and with one."""

import io

import pytest
from rich.console import Console

from headwater import console


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
