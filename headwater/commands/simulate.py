"""``headwater simulate``: the laboratory. Replays of traces, miss-ratio curves, synthetic traces."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from headwater.commands.options import Json
from headwater.console import out, progress, until_signal, write_json

app = typer.Typer(help="The laboratory: replay traces, draw miss-ratio curves.", no_args_is_help=True)


class TraceFormat(str, Enum):  # noqa: UP042 - Typer shows the values of such an enum as choices
    """As ``simulator.traces.Format``, spelled here so that help needs no compiler."""

    ORACLE = "oracle"
    CSV = "csv"
    ACCESS_LOG = "accesslog"


TraceFile = Annotated[
    Path, typer.Argument(metavar="TRACE", help="oracleGeneral, CSV or access log; all also as .zst.")
]
FormatOption = Annotated[
    TraceFormat | None, typer.Option("--format", help="What TRACE is, if its name doesn't tell.")
]
Columns = Annotated[
    str | None,
    typer.Option(
        metavar="MAPPING", help="Of CSV, by number or header: time=1,id=2,size=3 or id=url,size=bytes."
    ),
]
Delimiter = Annotated[str, typer.Option(help="Of CSV: one character, or tab.")]
Who = Annotated[str, typer.Option(help="Of an access log: whose requests count, of client,peer,refresh.")]
Scratch = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Where TRACE is laid down meanwhile, 16 bytes a request."),
]
Plot = Annotated[Path | None, typer.Option(metavar="FILE", help="Draw into a .png or .html file.")]
Policies = Annotated[
    str,
    typer.Option(metavar="NAMES", help="Eviction policies; options behind colons: s3fifo:small_ratio=0.2."),
]
Capacities = Annotated[
    str, typer.Option(metavar="SIZES", help="Of the caches: 1% of the trace's unique bytes, or 10GiB.")
]
Admissions = Annotated[
    str, typer.Option(metavar="RULES", help="What is let in: all, size:max_bytes=1MiB, second, tinylfu, ...")
]
Warmup = Annotated[str, typer.Option(help="Replayed before counting begins: 10%, or a number of requests.")]
Jobs = Annotated[int | None, typer.Option(min=1, help="Processes; as many as processors if not given.")]
Dask = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Scheduler of a Dask cluster whose workers see the scratch folder."),
]


@app.command()
def replay(
    trace: TraceFile,
    policy: Policies = "lru,sieve,s3fifo",
    capacity: Capacities = "1%,5%,10%",
    admission: Admissions = "all",
    warmup: Warmup = "0",
    jobs: Jobs = None,
    dask: Dask = None,
    kind: FormatOption = None,
    columns: Columns = None,
    delimiter: Delimiter = ",",
    who: Who = "client",
    scratch: Scratch = None,
    plot: Plot = None,
    json: Json = None,
) -> None:
    """Replay a trace through policies and capacities, and say what each of them missed."""
    from headwater import curves
    from headwater import laboratory as lab
    from simulator.sweep import on_dask, sweep

    with until_signal("replay"):
        with lab.usage():
            lab.check_plot(plot)
            policies, rules = lab.parse_policies(policy), lab.parse_admissions(admission)
            source = lab.trace_of(trace, kind and kind.value, columns, delimiter, who)
        with lab.prepared_trace(source, scratch) as prepared:
            summary = prepared.summary
            with lab.usage():
                tasks = lab.tasks(policies, rules, lab.parse_capacities(capacity, summary.unique_bytes))
                warmup_requests = lab.parse_warmup(warmup, summary.requests)
            cluster = on_dask(dask) if dask else nullcontext()
            with lab.failures(), cluster, progress(f"replaying {len(tasks)} caches", lab.QUIET_S) as tick:
                rows = sweep(
                    prepared,
                    tasks,
                    warmup_requests=warmup_requests,
                    jobs=None if dask else jobs or os.cpu_count(),
                    on_requests=lab.at_rate(tick, summary.requests * len(tasks)),
                )
        if json != "-":
            out.print(curves.replay_table(rows, summary))
        write_json(json, [asdict(row) for row in rows])
        about = curves.describe(summary, warmup_requests)
        lab.draw(plot, curves.series_of(rows), f"{trace.name}\n{about}", summary)


@app.command()
def mrc(
    trace: TraceFile,
    points: Annotated[int, typer.Option(min=1, max=10_000, help="Capacities, up to all unique bytes.")] = 50,
    smallest: Annotated[str, typer.Option(help="The smallest capacity, of the unique bytes.")] = "0.1%",
    sample: Annotated[
        str | None,
        typer.Option(metavar="RATE", help="Estimate from eight samples of so many objects each: 1%."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the samples.")] = 1,
    kind: FormatOption = None,
    columns: Columns = None,
    delimiter: Delimiter = ",",
    who: Who = "client",
    scratch: Scratch = None,
    plot: Plot = None,
    json: Json = None,
) -> None:
    """The miss-ratio curve of LRU in one pass: exact, or from samples (SHARDS) with its error."""
    from headwater import curves
    from headwater import laboratory as lab
    from simulator.mrc import Curve, capacity_grid, lru_curve
    from simulator.shards import SampledCurve, sampled_lru_curve

    with until_signal("mrc"):
        with lab.usage():
            lab.check_plot(plot)
            rate = None if sample is None else lab.parse_rate(sample)
            share = lab.parse_share(smallest)
            source = lab.trace_of(trace, kind and kind.value, columns, delimiter, who)
        with (
            lab.prepared_trace(source, scratch) as prepared,
            progress("finding the curve", lab.QUIET_S) as tick,
        ):
            summary, grid = prepared.summary, capacity_grid(prepared, points, share)
            done = lab.at_rate(tick, summary.requests)
            curve: Curve | SampledCurve
            if rate is None:
                curve = lru_curve(prepared, grid, done)
            else:
                curve = sampled_lru_curve(prepared, grid, rate, seed, done)
        if json != "-":
            out.print(curves.curve_table(curve, summary))
        write_json(json, curves.curve_rows(curve))
        lab.draw(plot, [curves.curve_series(curve)], f"{trace.name}\n{curves.describe(summary)}", summary)


class SynthKind(str, Enum):  # noqa: UP042
    """As the classes of ``simulator.synthetic``."""

    ZIPF = "zipf"
    CHURN = "churn"
    SCANS = "scans"
    SESSIONS = "sessions"


@app.command()
def synth(
    kind: Annotated[SynthKind, typer.Argument(metavar="KIND", help="zipf, churn, scans or sessions.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="An oracleGeneral file; .zst compresses it.")],
    requests: Annotated[int, typer.Option(min=1, help="How many.")] = 1_000_000,
    objects: Annotated[int, typer.Option(help="That are popular; assets of sessions.")] = 100_000,
    alpha: Annotated[float, typer.Option(help="Popularity of rank k: 1 / (k + shift) ** alpha.")] = 1.0,
    shift: Annotated[float, typer.Option(help="Above 0: the Zipf-Mandelbrot law.")] = 0.0,
    lifetime: Annotated[
        int, typer.Option(help="churn: requests until a rank gets a new object.")
    ] = 1_000_000,
    between: Annotated[int, typer.Option(help="scans: popular requests between two.")] = 10_000,
    length: Annotated[int, typer.Option(help="scans: requests of one.")] = 1_000,
    scanned: Annotated[int, typer.Option(help="scans: objects that they go round.")] = 100_000,
    segments: Annotated[int, typer.Option(help="sessions: of each asset.")] = 150,
    viewers: Annotated[int, typer.Option(help="sessions: at the same time.")] = 1_000,
    leaves: Annotated[float, typer.Option(help="sessions: probability to leave after a segment.")] = 0.02,
    smallest: Annotated[str, typer.Option(help="Size of the smallest object.")] = "1",
    largest: Annotated[str, typer.Option(help="Size of the largest; sizes are log-uniform.")] = "1",
    rate: Annotated[int, typer.Option(min=1, help="Requests a second, for the times.")] = 1_000,
    seed: Annotated[int, typer.Option(help="Of all choices.")] = 1,
) -> None:
    """Write a synthetic trace as oracleGeneral, which libCacheSim reads too."""
    from headwater import laboratory as lab
    from headwater.config import parse_bytes
    from simulator.synthetic import Churn, Kind, Scans, Sessions, Sizes, Zipf, drawn
    from simulator.traces.write import write_oracle

    with until_signal("synth"):
        with lab.usage():
            popular = Zipf(objects, alpha, shift)
            kinds: dict[SynthKind, Callable[[], Kind]] = {
                SynthKind.ZIPF: lambda: popular,
                SynthKind.CHURN: lambda: Churn(popular, lifetime),
                SynthKind.SCANS: lambda: Scans(popular, between, length, scanned),
                SynthKind.SESSIONS: lambda: Sessions(popular, segments, viewers, leaves),
            }
            chosen = kinds[kind]()
            sizes, universe = Sizes(parse_bytes(smallest), parse_bytes(largest)), chosen.universe(requests)
        with lab.failures(), progress(f"writing {target.name}", lab.QUIET_S) as tick:
            pieces = lab.counted(drawn(chosen, sizes, requests, seed=seed), lab.at_rate(tick, requests))
            write_oracle(target, pieces, requests, universe, rate)
