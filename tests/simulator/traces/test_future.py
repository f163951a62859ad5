"""The next request of each object, by one pass from the end."""

from pathlib import Path

import numpy as np
import pytest

from simulator.traces import future
from simulator.traces.future import NEVER, write_nexts


@pytest.mark.parametrize("piece", [1, 3, 1 << 20])
def test_nexts_are_those_of_a_plain_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(future, "PIECE", piece)
    ids = np.random.default_rng(3).integers(0, 9, 50, np.uint32)
    write_nexts(ids, 9, tmp_path / "nexts")
    expected = [next((later for later in range(n + 1, 50) if ids[later] == ids[n]), NEVER) for n in range(50)]
    assert np.fromfile(tmp_path / "nexts", np.int64).tolist() == expected
