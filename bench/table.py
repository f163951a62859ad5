"""The rows of the benches as tables and lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.table import Table

from bench.disk import HIT, DiskRow
from bench.follow import FollowRow
from bench.ranges import RangeRow
from bench.rows import EndToEndRow, HitRow, LiveRow, PolicyRow, Row, TraceRow
from bench.slow import SlowRow
from headwater.tables import human_bytes

NO_PEER = "libcachesim is not installed: only our side was measured"


def policy_table(rows: Iterable[PolicyRow]) -> Table:
    """A line for each policy: both miss ratios, both rates, their ratio with its spread; fits 80 columns."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("\npolicy", no_wrap=True)
    for what in ("misses", "byte misses", "M req/s"):
        table.add_column(f"{what}\nours", justify="right", no_wrap=True)
        table.add_column("\ntheirs", justify="right", no_wrap=True)
    table.add_column("ratio\n(least-most)", justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row.policy, *_ratios(row), *_rates(row))
    return table


def follow_table(rows: Iterable[FollowRow]) -> Table:
    """A line for each proxy."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("\nproxy", no_wrap=True)
    for what in ("origin\nrequests", "first byte, ms\nmedian", "\nworst", "worst lag\nof a chunk, ms"):
        table.add_column(what, justify="right", no_wrap=True)
    table.add_column("Age\nfilling, complete", no_wrap=True)
    for row in rows:
        figures = (row.median_first_byte_ms, row.worst_first_byte_ms, row.worst_lag_ms)
        ages = ", ".join("yes" if age else "no" for age in (row.age_while_filling, row.age_when_complete))
        table.add_row(row.proxy, str(row.origin_requests), *(f"{ms:.1f}" for ms in figures), ages)
    return table


def disk_table(rows: Iterable[DiskRow]) -> Table:
    """A line for each case."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("\ncase", no_wrap=True)
    for what in ("\nbodies", "all, s\n(least-most)", "\nbodies/s", "\nMB/s", "late by\nms"):
        table.add_column(what, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            f"{row.case}, {human_bytes(row.size_bytes)}",
            f"{row.objects:,}",
            f"{row.seconds:.2f} ({row.least_seconds:.2f}-{row.most_seconds:.2f})",
            f"{row.objects_per_s:,.0f}",
            "-" if row.case == HIT else f"{row.bytes_per_s / 1e6:,.0f}",
            "-" if row.latest_ms is None else f"{row.latest_ms:.1f}",
        )
    return table


def range_table(rows: Iterable[RangeRow]) -> Table:
    """A line for each case."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("\nproxy", no_wrap=True)
    table.add_column("\ncase", no_wrap=True)
    for what in ("wanted", "delivered", "asked", "asked by\ndelivered", "asked by\nwanted"):
        table.add_column(what if "\n" in what else f"\n{what}", justify="right", no_wrap=True)
    for row in rows:
        sizes = (row.wanted_bytes, row.delivered_bytes, row.asked_bytes)
        ratios = (row.asked_for_each_delivered, row.asked_for_each_wanted)
        table.add_row(
            row.proxy,
            row.case,
            *map(human_bytes, sizes),
            *(f"{ratio:,.2f}" if ratio < 100 else f"{ratio:,.0f}" for ratio in ratios),
        )
    return table


def _ratios(row: PolicyRow) -> Iterator[str]:
    for what in ("miss_ratio", "byte_miss_ratio"):
        for side in (row.ours, row.theirs):
            yield "-" if side is None else f"{getattr(side, what):.5f}"


def _rates(row: PolicyRow) -> Iterator[str]:
    yield f"{row.ours.requests_per_s / 1e6:.1f}"
    if row.theirs is None:
        yield from ("-", "-")
    else:
        yield f"{row.theirs.requests_per_s / 1e6:.2f}"
        yield f"{_times(row.ratio)} ({_times(row.least_ratio)}-{_times(row.most_ratio)})"


def _times(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.1f}" if ratio < 100 else f"{ratio:.0f}"


def lines(rows: Sequence[Row]) -> Iterator[str]:
    """All that isn't in the table, in a line each."""
    for row in rows:
        match row:
            case TraceRow():
                yield from _trace_lines(row)
                yield _compilation(row for row in rows if isinstance(row, PolicyRow))
            case EndToEndRow():
                rate = f"{row.requests_per_s / 1e6:.2f} M requests/s"
                yield f"from file to answer, {row.policy}, {row.side}: {row.seconds:.2f} s, {rate}"
            case LiveRow():
                rate = f"{row.requests_per_s / 1e6:.2f} M requests/s"
                yield f"live {row.policy} over {row.requests:,} requests: {rate} of CPU time"
            case HitRow():
                yield f"a hit, {row.asked}: {row.ns:.0f} ns"
            case PolicyRow():
                pass


def _compilation(rows: Iterable[PolicyRow]) -> str:
    times = (
        f"{row.policy} {row.compilation_s:.2f}{'' if row.compiled_before else ' (compiled)'}" for row in rows
    )
    return f"machine code for ours, from disk unless compiled, in s: {', '.join(times)}"


def _trace_lines(row: TraceRow) -> Iterator[str]:
    share = f"{100 * row.capacity_bytes / row.unique_bytes:.3g}%"
    where = "a core of the system's choice" if row.core is None else f"core {row.core}"
    yield (
        f"{row.requests:,} requests for {row.objects:,} objects (Zipf {row.alpha:g}, seed {row.seed}), "
        f"cache of {share} = {row.capacity_bytes:,} bytes, all on {where}"
    )
    yield (
        f"loading for ours (read, number, lay down): {row.loading_s:.2f} s, "
        f"{row.requests / row.loading_s / 1e6:.1f} M requests/s; once for all policies"
    )
    if row.look_ahead_s is not None:
        yield f"finding next requests for the policies that know the future: {row.look_ahead_s:.2f} s"
    if row.peer:
        yield f"libcachesim {row.peer} with its own defaults, reading the mapped file while it replays"
    else:
        yield NO_PEER


def slow_table(rows: Iterable[SlowRow]) -> Table:
    """A line for each server."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("\nserver", no_wrap=True)
    for what in ("p99, ms\nalone", "\nbeside", "RSS\nbefore", "\nmost", "\nafter", "TCP memory\nmost"):
        table.add_column(what, justify="right", no_wrap=True)
    table.add_column("\nhow the readers ended")
    for row in rows:
        sizes = (row.rss_before_bytes, row.rss_most_bytes, row.rss_after_bytes, row.kernel_most_bytes)
        p99s = (row.p99_alone_ms, row.p99_beside_ms)
        table.add_row(row.server, *(f"{ms:.1f}" for ms in p99s), *map(human_bytes, sizes), _ends(row))
    return table


def _ends(row: SlowRow) -> str:
    """By the client, and by the server's metric in brackets."""
    ends = ", ".join(f"{number:,} {end}" for end, number in row.ends.items())
    when = "" if row.first_end_s is None else f" after {row.first_end_s:g} to {row.last_end_s:g} s"
    why = ", ".join(f"{number:,} {why}" for why, number in row.cut_off.items())
    return f"{ends}{when}{f' ({why})' if why else ''}"
