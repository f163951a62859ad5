import os
import sys
from pathlib import Path

import pytest

STAND_IN = Path(__file__).parent / "stand_in.py"


@pytest.fixture
def without_peers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has neither nginx nor Varnish, and a stand-in for wrk."""
    wrk = tmp_path / "wrk"
    wrk.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n')
    wrk.chmod(0o755)
    found = {"wrk": str(wrk)}
    monkeypatch.setattr("shutil.which", lambda program, **_: found.get(program))
    monkeypatch.setitem(os.environ, "PYTHONPATH", str(Path(__file__).parents[3]))
