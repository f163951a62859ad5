from dataclasses import replace
from pathlib import Path

import pytest

from bench.disk import HIT, DiskBenchError, DiskBenchSettings, DiskRow, measure
from bench.table import disk_table
from edge.disk import DiskStore

FEW = DiskBenchSettings(objects=20, large_objects=2, large_bytes=100_000, rounds=2)
CASES = [
    "write",
    "open and verify",
    HIT,
    "write",
    "open and verify",
    HIT,
    "start",
    "start without journal",
    "drop",
]


def test_every_case_is_measured_and_nothing_is_left_behind(tmp_path: Path) -> None:
    said: list[str] = []
    rows = measure(replace(FEW, folder=tmp_path), lambda share, note="": said.append(note))
    assert [row.case for row in rows] == CASES
    assert [row.objects for row in rows if row.case != HIT] == [2, 2, 20, 20, 20, 20, 20]
    for row in rows:
        assert 0 < row.least_seconds <= row.seconds <= row.most_seconds
        assert (row.latest_ms is None) is (row.case == HIT)
        assert row.as_dict()["objects_per_s"] == row.objects / row.seconds
    assert list(tmp_path.iterdir()) == [] and "starting" in said
    assert disk_table(rows).row_count == len(rows)


def test_a_body_that_is_lost_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def read(store: DiskStore, serial: int) -> None:
        return None

    monkeypatch.setattr(DiskStore, "read", read)
    with pytest.raises(DiskBenchError, match="a body was lost"):
        measure(replace(FEW, folder=tmp_path), lambda share, note="": None)


@pytest.mark.parametrize("field", ["objects", "size_bytes", "large_objects", "large_bytes", "rounds"])
def test_each_size_is_above_nothing(field: str) -> None:
    with pytest.raises(ValueError, match=f"{field}: at least 1, not 0"):
        DiskBenchSettings(**{field: 0})


def test_a_rate_is_that_of_the_median() -> None:
    row = DiskRow("write", 10, 1_000, 2.0, 1.0, 3.0, 0.1)
    assert (row.objects_per_s, row.bytes_per_s) == (5, 5_000)
