"""Figures as tables for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from loadtest.report import LoadtestReport


def demo_table(figures: Mapping[str, Any]) -> Table:
    """The one table at the end of the demo."""
    table = Table("what the tier did", "", title="Headwater demo", title_justify="left")
    table.columns[1].justify = "right"
    purge = figures["purge_ms"]
    qoe = figures["startup_p50_ms"], figures["rebuffer_ratio"]
    for name, value in (
        ("requests", f"{figures['requests']:,}"),
        ("errors", f"{figures['errors']:,}"),
        ("hit ratio of the tier", f"{figures['hit_ratio']:.1%}"),
        ("bytes from origin", human_bytes(figures["origin_bytes"])),
        ("bytes to clients", human_bytes(figures["client_bytes"])),
        ("purge reached all edges after", "-" if purge is None else f"{purge:.1f} ms"),
        ("start-up (median) / rebuffering", "-" if qoe[0] is None else f"{qoe[0]} ms / {qoe[1]:.2%}"),
        ("edges", str(figures["edges"])),
    ):
        table.add_row(name, value)
    return table


def loadtest_table(report: LoadtestReport) -> Table:
    """A load test: a row for each kind of object, and the viewers' experience below."""
    table = Table("object", "requests", "errors", "bytes", "p50 ms", "p99 ms")
    for column in table.columns[1:]:
        column.justify = "right"
    for kind in report.kinds:
        cells = (kind.requests, kind.errors, human_bytes(kind.bytes), kind.p50_ms, kind.p99_ms)
        table.add_row(kind.kind, *(str(cell) for cell in cells))
    totals = (report.requests, report.errors, human_bytes(report.bytes), report.p50_ms, report.p99_ms)
    table.add_section()
    table.add_row("all", *(str(cell) for cell in totals))
    table.caption = (
        f"{report.requests_per_s:.0f} requests/s; "
        f"{report.sessions} viewings, {report.sessions_failed} failed; "
        f"start-up {report.startup_p50_ms} ms (p95 {report.startup_p95_ms}), "
        f"rebuffering {report.rebuffer_ratio:.2%}"
    )
    return table


def human_bytes(size_bytes: float) -> str:
    """Bytes with a decimal prefix, as network people count."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(size_bytes) < 1000:
            return f"{size_bytes:.0f} {unit}" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} TB"
