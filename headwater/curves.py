"""What the laboratory found out, as tables, rows of figures and lines of a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from headwater.tables import human_bytes
from simulator.mrc import Curve
from simulator.plot import Series
from simulator.shards import SampledCurve
from simulator.sweep import NO_RULE, Row
from simulator.traces import Summary


def label(row: Row) -> str:
    """A row's policy, and rule of admission if there is one, as the user named them."""
    policy = row.policy + _options(row.options)
    return (
        policy if row.admission == NO_RULE else f"{policy} + {row.admission}{_options(row.admission_options)}"
    )


def _options(options: Mapping[str, object]) -> str:
    return "".join(f":{name}={value}" for name, value in options.items())


def replay_table(rows: Sequence[Row], summary: Summary) -> Table:
    """A replay: a row for each policy and capacity."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("policy", overflow="fold", min_width=8)
    for name in ("capacity", "unique", "misses", "byte misses", "written", "M req/s"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            label(row),
            human_bytes(row.capacity_bytes),
            f"{row.capacity_bytes / summary.unique_bytes:.2%}",
            f"{row.miss_ratio:.4f}",
            f"{row.byte_miss_ratio:.4f}",
            human_bytes(row.written_bytes),
            f"{row.requests_per_s / 1e6:.1f}",
        )
    table.caption = describe(summary, rows[0].warmup_requests)
    table.caption_justify = "left"
    return table


def describe(summary: Summary, warmup_requests: int = 0) -> str:
    """What a trace is like, in a line or two."""
    parts = [
        f"{summary.requests:,} requests for {summary.objects:,} objects",
        f"{human_bytes(summary.unique_bytes)} unique, {human_bytes(summary.request_bytes)} asked for",
        f"{summary.one_hit_wonder_share:.1%} of the objects asked for once",
    ]
    if warmup_requests:
        parts.append(f"counted after {warmup_requests:,} requests")
    if summary.sizeless:
        parts.append(f"{summary.sizeless:,} requests of 0 bytes left out")
    if summary.resized:
        parts.append(f"{summary.resized:,} requests gave an object another size")
    return "; ".join(parts)


def series_of(rows: Sequence[Row]) -> list[Series]:
    """The lines of a picture, capacities ascending."""
    lines: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.capacity_bytes):
        lines.setdefault(label(row), []).append(row)
    return [
        Series(
            name,
            [row.capacity_bytes for row in line],
            [row.miss_ratio for row in line],
            [row.byte_miss_ratio for row in line],
        )
        for name, line in lines.items()
    ]


def curve_series(curve: Curve | SampledCurve) -> Series:
    """A miss-ratio curve as a line of a picture."""
    ratios = curve.capacities_bytes.tolist(), curve.miss_ratio.tolist(), curve.byte_miss_ratio.tolist()
    if isinstance(curve, Curve):
        return Series("lru, exact", *ratios)
    errors = curve.miss_ratio_error.tolist(), curve.byte_miss_ratio_error.tolist()
    return Series("lru, sampled (95 % interval)", *ratios, *errors)


def curve_rows(curve: Curve | SampledCurve) -> list[dict[str, Any]]:
    """A miss-ratio curve as figures, a row for each capacity."""
    names = ["miss_ratio", "byte_miss_ratio"]
    if isinstance(curve, Curve):
        names += ["misses", "miss_bytes"]
    else:
        names += ["miss_ratio_error", "byte_miss_ratio_error"]
    columns = [curve.capacities_bytes.tolist(), *(getattr(curve, name).tolist() for name in names)]
    return [
        dict(zip(["capacity_bytes", *names], values, strict=True)) for values in zip(*columns, strict=True)
    ]


def curve_table(curve: Curve | SampledCurve, summary: Summary) -> Table:
    """A miss-ratio curve: a row for each capacity."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("capacity", "of unique", "misses", "byte misses"):
        table.add_column(name, justify="right", no_wrap=True)
    series = curve_series(curve)
    exact: list[float | None] = [None] * len(series.miss_ratio)
    errors, byte_errors = series.miss_ratio_error or exact, series.byte_miss_ratio_error or exact
    for capacity, miss, error, byte_miss, byte_error in zip(
        series.capacities_bytes, series.miss_ratio, errors, series.byte_miss_ratio, byte_errors, strict=True
    ):
        share = f"{capacity / summary.unique_bytes:.2%}"
        table.add_row(human_bytes(capacity), share, _ratio(miss, error), _ratio(byte_miss, byte_error))
    table.caption = describe(summary)
    table.caption_justify = "left"
    return table


def _ratio(ratio: float, error: float | None) -> str:
    return f"{ratio:.4f}" if error is None else f"{ratio:.4f} ± {error:.4f}"
