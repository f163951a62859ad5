"""The rows of the index's bench as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table

from bench.index.rows import LiveRow, LookupRow, MemoryRow, PartRow, PauseRow, Row


def tables(rows: Sequence[Row]) -> Iterator[Table]:
    """Look-ups and collections as the index grows, then where its memory is, then hits over HTTP."""
    if any(isinstance(row, LookupRow) for row in rows):
        yield _growth_table(rows)
        yield _memory_table(rows)
    if live := [row for row in rows if isinstance(row, LiveRow)]:
        yield _live_table(live)


def _growth_table(rows: Sequence[Row]) -> Table:
    """A line for each policy and size."""
    table = _table("\npolicy", "\nobjects", "look-ups/s\nrandom", "\nzipf", "collection\nms")
    rates = {(row.policy, row.objects, row.order): row for row in rows if isinstance(row, LookupRow)}
    for row in rows:
        if isinstance(row, PauseRow):
            both = (rates[row.policy, row.objects, order].lookups_per_s for order in ("random", "zipf"))
            table.add_row(row.policy, f"{row.objects:,}", *(f"{rate:,.0f}" for rate in both), f"{row.ms:.1f}")
    return table


def _memory_table(rows: Sequence[Row]) -> Table:
    """A line for each part, a column for each policy; the last are of the whole process."""
    policies = list(dict.fromkeys(row.policy for row in rows))
    table = _table("bytes per object", *policies)
    walked = {(row.part, row.policy): row.bytes_per_object for row in rows if isinstance(row, PartRow)}
    for part in dict.fromkeys(part for part, _ in walked):
        table.add_row(part, *(f"{walked.get((part, policy), 0):,.0f}" for policy in policies))
    sums = [sum(size for (_, of), size in walked.items() if of == policy) for policy in policies]
    table.add_row("together", *(f"{size:,.0f}" for size in sums))
    whole = {row.policy: row for row in rows if isinstance(row, MemoryRow)}
    if whole:
        objects = max(row.objects for row in whole.values())
        grown = (f"{whole[policy].bytes_per_object:,.0f}" for policy in policies)
        table.add_row(f"resident, of {objects:,}", *grown)
        table.add_row("fills/s", *(f"{whole[policy].fills_per_s:,.0f}" for policy in policies))
    return table


def _live_table(rows: Sequence[LiveRow]) -> Table:
    heads = ("\nobjects", "\norder", "\nhits/s", "hits by\nCPU s", "p99\nms", "\nerrors", "resident\nMB")
    table = _table("\npolicy", *heads)
    for row in rows:
        table.add_row(
            row.policy,
            f"{row.objects:,}",
            row.order,
            f"{row.hits_per_s:,.0f}",
            "-" if row.hits_per_cpu_s is None else f"{row.hits_per_cpu_s:,.0f}",
            f"{row.p99_ms:.1f}",
            f"{row.errors:,}",
            "-" if row.resident_bytes is None else f"{row.resident_bytes / 1e6:,.0f}",
        )
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column(first, no_wrap=True)
    for what in others:
        table.add_column(what, justify="right", no_wrap=True)
    return table
