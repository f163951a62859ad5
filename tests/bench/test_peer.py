from pathlib import Path

import pytest

from bench import peer
from simulator.kernels.table import KERNELS

libcachesim = pytest.importorskip("libcachesim", reason="the peer has no wheel for this system")


def test_the_wheel_has_every_class_that_it_is_asked_for() -> None:
    assert all(hasattr(libcachesim, name) for name in peer.CLASSES.values())
    assert set(KERNELS) <= set(peer.CLASSES)


def test_a_file_that_is_not_there_ends_nothing_but_the_call(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="none"):
        peer.answer(tmp_path / "none", "lru", 10)
