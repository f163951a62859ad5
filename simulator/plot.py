"""Miss-ratio curves as a picture: PNG, or an HTML page with the picture and its figures.

Two panels, by requests and by bytes: capacity from left to right in equal proportions (in bytes below, as a
share of the trace's unique bytes above), misses upwards from 0. With one capacity alone there is no curve to
draw: then the policies stand below each other as bars, the best at the top.
"""

from __future__ import annotations

import html
import io
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, PercentFormatter

SUFFIXES: Final = (".png", ".html")
_COLORS: Final = mpl.color_sequences["tab10"]
_MARKERS: Final = "osD^vP"
_DASHES: Final = ("-", "--", ":")
_PANELS: Final = (("miss_ratio", "request miss ratio"), ("byte_miss_ratio", "byte miss ratio"))


class Series(NamedTuple):
    """One line of the picture; ratios from 0 to 1."""

    label: str
    capacities_bytes: Sequence[int]
    miss_ratio: Sequence[float]
    byte_miss_ratio: Sequence[float]
    miss_ratio_error: Sequence[float] = ()
    """Half-width of an interval round each ratio; empty when it is exact."""
    byte_miss_ratio_error: Sequence[float] = ()


def plot(path: Path, series: Sequence[Series], title: str, unique_bytes: int) -> None:
    """Draw into a file; the title may have lines. Raises ValueError for another suffix, and OSError."""
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"plot {path}: the name ends in .png or .html")
    figure = _figure(series, title, unique_bytes)
    if path.suffix.lower() == ".png":
        figure.savefig(path, dpi=144)
    else:
        path.write_text(_page(figure, series, title), encoding="utf-8")


def _figure(series: Sequence[Series], title: str, unique_bytes: int) -> Figure:
    curves = len({capacity for line in series for capacity in line.capacities_bytes}) > 1
    height = 5.2 if curves else max(2.6, 1.6 + 0.32 * len(series))
    figure = Figure(figsize=(12.5, height), layout="constrained")
    figure.suptitle(title, fontsize=11)
    series = sorted(series, key=lambda line: sum(line.miss_ratio) / len(line.miss_ratio), reverse=True)
    left, right = figure.subplots(1, 2, sharey=True)
    for axes, (ratio, name) in zip((left, right), _PANELS, strict=True):
        if curves:
            _draw_curves(axes, series, ratio, unique_bytes)
            axes.set_xlabel("cache capacity")
            axes.set_ylabel(f"{name} (%)")
        else:
            _draw_bars(axes, series, ratio)
            axes.set_xlabel(f"{name} (%)")
    if curves:
        left.set_ylim(bottom=0)
        figure.legend(*left.get_legend_handles_labels(), loc="outside right center", frameon=False)
    else:
        left.set_ylabel(f"cache capacity {si_bytes(series[0].capacities_bytes[0])}")
    return figure


def _draw_curves(axes: Axes, series: Sequence[Series], ratio: str, unique_bytes: int) -> None:
    for number, line in enumerate(series):
        color = _COLORS[number % len(_COLORS)]
        values, errors = getattr(line, ratio), getattr(line, f"{ratio}_error")
        axes.plot(
            line.capacities_bytes,
            values,
            label=line.label,
            color=color,
            marker=_MARKERS[number % len(_MARKERS)] if len(values) <= 16 else "",
            markersize=4.5,
            linestyle=_DASHES[number // len(_COLORS) % len(_DASHES)],
            linewidth=1.5,
        )
        if errors:
            low = [value - error for value, error in zip(values, errors, strict=True)]
            high = [value + error for value, error in zip(values, errors, strict=True)]
            axes.fill_between(line.capacities_bytes, low, high, color=color, alpha=0.2, linewidth=0)
    axes.set_xscale("log")
    axes.set_axisbelow(True)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=""))
    axes.grid(True, which="major", color="0.88")
    axes.spines[["top", "right"]].set_visible(False)
    above = axes.secondary_xaxis("top", functions=(_times(1 / unique_bytes), _times(unique_bytes)))
    above.set_xlabel("share of the trace's unique bytes (%)")
    left, right = axes.get_xlim()
    _mark(axes.xaxis, right / left, si_bytes)
    _mark(above.xaxis, right / left, lambda share: f"{share * 100:g}")


def _times(factor: float) -> Callable[[Any], Any]:
    return lambda value: value * factor


def _mark(axis: Axis, reach: float, text: Callable[[float], str]) -> None:
    """Ticks on a logarithmic axis: the wider it reaches the fewer to a decade, so that no two texts touch."""
    steps = (1.0, 2.0, 5.0) if reach < 120 else (1.0, 3.0) if reach < 3000 else (1.0,)
    axis.set_major_locator(LogLocator(10, steps, numticks=10))
    axis.set_major_formatter(FuncFormatter(lambda value, _: text(value)))
    axis.set_minor_formatter(NullFormatter())


def _draw_bars(axes: Axes, series: Sequence[Series], ratio: str) -> None:
    values = [getattr(line, ratio)[0] for line in series]
    bars = axes.barh([line.label for line in series], values, color=_COLORS[0])
    axes.bar_label(bars, [f"{value:.2%}" for value in values], padding=3)
    axes.set_xlim(0, max(values) * 1.12 or 1)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=""))
    axes.spines[["top", "right"]].set_visible(False)


def si_bytes(size_bytes: float) -> str:
    """Bytes to three digits, with a decimal prefix."""
    rounded = float(f"{size_bytes:.3g}")
    power = min(int(math.log10(rounded) / 3 + 1e-9), 5) if rounded >= 1 else 0
    return f"{rounded / 1000**power:g} {('B', 'kB', 'MB', 'GB', 'TB', 'PB')[power]}"


_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 15px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 1250px; }}
svg {{ width: 100%; height: auto; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: .2em .9em; text-align: right; border-bottom: 1px solid #ddd; }}
th:first-child, td:first-child {{ text-align: left; }}
</style>
{picture}
<table>
<tr><th>policy<th>capacity<th>capacity (bytes)<th>request miss ratio<th>byte miss ratio</tr>
{rows}
</table>
</html>
"""


def _page(figure: Figure, series: Sequence[Series], title: str) -> str:
    picture = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "font.family": "sans-serif"}):
        figure.savefig(picture, format="svg", metadata={"Date": None})
    rows = [
        f"<tr><td>{html.escape(line.label)}<td>{si_bytes(capacity)}<td>{capacity}<td>{miss:.2%}<td>{byte_miss:.2%}</tr>"
        for line in series
        for capacity, miss, byte_miss in zip(
            line.capacities_bytes, line.miss_ratio, line.byte_miss_ratio, strict=True
        )
    ]
    svg = picture.getvalue()
    return _PAGE.format(
        title=html.escape(title.splitlines()[0]), picture=svg[svg.index("<svg") :], rows="\n".join(rows)
    )
