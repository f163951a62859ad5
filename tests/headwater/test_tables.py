import io

import pytest
from rich.console import Console

from headwater.tables import demo_table, human_bytes

FIGURES = {
    "requests": 12345,
    "errors": 0,
    "hit_ratio": 0.987,
    "origin_bytes": 1_500_000,
    "client_bytes": 2_000_000_000,
    "purge_ms": 3.21,
    "edges": 3,
    "startup_p50_ms": 40,
    "rebuffer_ratio": 0.0,
}


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2e9, "2.0 GB"), (5e15, "5000.0 TB")],
)
def test_bytes_for_people(size_bytes: float, text: str) -> None:
    assert human_bytes(size_bytes) == text


def test_the_demos_table_shows_every_figure() -> None:
    console = Console(file=io.StringIO(), width=100)
    console.print(demo_table(FIGURES))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    for words in ("12,345", "98.7%", "1.5 MB", "2.0 GB", "3.2 ms", "40 ms / 0.00%"):
        assert words in text


def test_what_was_not_measured_is_a_dash() -> None:
    console = Console(file=io.StringIO(), width=100)
    console.print(demo_table({**FIGURES, "purge_ms": None, "startup_p50_ms": None}))
    assert console.file.getvalue().count(" - ") == 2  # type: ignore[attr-defined]
