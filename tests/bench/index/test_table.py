from io import StringIO

from rich.console import Console

from bench.index.rows import LiveRow, LookupRow, MemoryRow, PartRow, PauseRow, Row
from bench.index.table import tables

ROWS: list[Row] = [
    PauseRow("wtinylfu", 1_000_000, 1234.5),
    LookupRow("wtinylfu", 1_000_000, "random", 234_567.8),
    LookupRow("wtinylfu", 1_000_000, "zipf", 345_678.9),
    PartRow("wtinylfu", 100_000, "headers", 1000.0),
    PartRow("wtinylfu", 100_000, "overheads", 234.0),
    MemoryRow("wtinylfu", 1_000_000, 1500.0, 20_000.0),
]


def text_of(rows: list[Row]) -> str:
    out = StringIO()
    for table in tables(rows):
        Console(file=out, width=80).print(table)
    assert "…" not in out.getvalue()
    return out.getvalue()


def test_the_tables_fit_80_columns_and_say_all() -> None:
    cells = [line.split() for line in text_of(ROWS).splitlines()]
    assert ["wtinylfu", "1,000,000", "234,568", "345,679", "1234.5"] in cells
    assert ["headers", "1,000"] in cells and ["together", "1,234"] in cells
    assert ["resident,", "of", "1,000,000", "1,500"] in cells and ["fills/s", "20,000"] in cells


def test_hits_over_http_have_a_table_of_their_own() -> None:
    live = LiveRow("lru", 1_000_000, "random", 45_678.9, None, 2.25, 0, 2_345_600_000)
    cells = [line.split() for line in text_of([live]).splitlines()]
    assert ["lru", "1,000,000", "random", "45,679", "-", "2.2", "0", "2,346"] in cells
    assert not any("look-ups/s" in line for line in map(" ".join, cells))
