"""Slow readers beside normal load, through a real edge."""

import shutil

import pytest

from bench.slow import SlowRow, SlowSettings, measure
from bench.table import slow_table

ROW = SlowRow(
    "headwater",
    2,
    1.0,
    2.0,
    0,
    2**20,
    2**21,
    2**20,
    4096,
    2**22,
    {"reset": 2},
    30.1,
    32.0,
    {"client-slow": 2},
)


@pytest.mark.skipif(shutil.which("h2load") is None, reason="needs h2load (nghttp2-client)")
async def test_an_edge_is_measured_alone_and_beside_them() -> None:
    ticks: list[tuple[float, str]] = []
    settings = SlowSettings(
        readers=3,
        object_bytes=2**22,
        seconds=1,
        patience_s=1,
        normal_per_s=100,
        normal_bytes=1_024,
        servers=("headwater",),
    )
    found = await measure(settings, lambda share, text: ticks.append((share, text)))
    (row,) = found.rows
    assert row.ends == {"reading": 3} and row.first_end_s is None and row.cut_off == {}
    assert row.errors == 0 and row.p99_alone_ms > 0 and row.p99_beside_ms > 0
    assert 0 < row.rss_before_bytes <= row.rss_most_bytes
    assert ticks[-1][0] == 1 and any("readers come" in text for _, text in ticks)
    assert row.as_dict()["server"] == "headwater"


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"readers": 0}, "readers: at least 1, not 0"),
        ({"seconds": 10, "patience_s": 5}, "patience_s: at least the 10 s of load, not 5"),
        ({"servers": ("apache",)}, "server: 'apache' is not one of"),
    ],
)
def test_what_cannot_be_measured_is_said(settings: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        SlowSettings(**settings)  # type: ignore[arg-type]


def test_the_table_says_how_they_ended() -> None:
    columns = [list(column.cells) for column in slow_table([ROW]).columns]
    assert columns[-1] == ["2 reset after 30.1 to 32 s (2 client-slow)"]
