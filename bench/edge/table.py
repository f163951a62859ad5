"""The rows of the edge's bench as a table for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table

from bench.edge.goals import verdicts
from bench.edge.measure import Found
from bench.edge.rows import EdgeRow

_UNITS = ((1024**2, "MiB"), (1024, "KiB"))


def edge_table(rows: Sequence[EdgeRow]) -> Table:
    """A line for each server, in groups of a case and a size; fits 80 columns."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("\ncase, size, server", no_wrap=True)
    for what in (
        "\nreq/s",
        "\nMB/s",
        "p99\nms",
        "\nerrors",
        "req by\nCPU s",
        "ours by it\n(least-most)",
        "by\nCPU",
    ):
        table.add_column(what, justify="right", no_wrap=True)
    before = None
    for row in rows:
        if before != (before := (row.case, row.size_bytes)):
            table.add_row(f"{row.case}, {_size(row.size_bytes)}")
        table.add_row(f"  {row.server}", *_cells(row))
    return table


def _cells(row: EdgeRow) -> Iterator[str]:
    ratio, by_cpu = row.ratio, row.cpu_ratio
    yield f"{row.requests_per_s:,.0f}"
    yield f"{row.bytes_per_s / 1e6:,.0f}"
    yield f"{row.p99_ms:.1f}"
    yield f"{row.errors:,}"
    yield "-" if row.requests_per_cpu_s is None else f"{row.requests_per_cpu_s:,.0f}"
    yield "-" if ratio is None else f"{ratio.median:.2f} ({ratio.least:.2f}-{ratio.most:.2f})"
    yield "-" if by_cpu is None else f"{by_cpu.median:.2f}"


def _size(size_bytes: int) -> str:
    for unit, name in _UNITS:
        if size_bytes % unit == 0 and size_bytes:
            return f"{size_bytes // unit} {name}"
    return f"{size_bytes} B"


def lines(found: Found) -> Iterator[str]:
    """All that isn't in the table, in a line each: remarks, goals, and what went wrong."""
    yield from found.remarks
    yield from (line for _, line in verdicts(found.rows))
    yield from (f"FAILED {failure}" for failure in found.failures)
