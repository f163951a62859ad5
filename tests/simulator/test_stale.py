import os
from pathlib import Path

from simulator.stale import discard_stale


def written(path: Path, text: str, at_s: int) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    os.utime(path, (at_s, at_s))
    return path


def test_what_is_older_than_any_compiled_source_goes(tmp_path: Path) -> None:
    old = written(tmp_path / "__pycache__" / "a.f-1.py311.nbi", "", 150)
    new = written(tmp_path / "kernels" / "b.g-1.py311.nbi", "", 250)
    written(tmp_path / "a.py", "from numba import njit", 100)
    written(tmp_path / "kernels" / "b.py", "from simulator.kernels.compiled import compiled", 200)
    written(tmp_path / "c.py", "nothing compiled here", 300)
    assert discard_stale(tmp_path) == 1
    assert not old.exists() and new.exists()
    assert discard_stale(tmp_path) == 0


def test_a_folder_without_source_or_code_is_nothing_to_do(tmp_path: Path) -> None:
    assert discard_stale(tmp_path) == 0
    assert discard_stale(tmp_path / "absent") == 0
