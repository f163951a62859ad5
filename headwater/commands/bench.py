"""``headwater bench``: side by side with the peers."""

from __future__ import annotations

from typing import Annotated

import typer

from headwater.commands.options import Json
from headwater.console import err, fail, out, progress, until_signal, write_json

app = typer.Typer(help="Benchmarks, side by side with the peers.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Benchmarks, side by side with the peers."""


@app.command()
def simulator(
    requests: Annotated[int, typer.Option(help="Length of the trace.")] = 10_000_000,
    objects: Annotated[int, typer.Option(help="Objects that may be asked for.")] = 1_000_000,
    alpha: Annotated[float, typer.Option(help="Of the Zipf law.")] = 1.0,
    largest: Annotated[int, typer.Option(help="Objects have 1 to so many bytes.", metavar="BYTES")] = 1,
    capacity: Annotated[float, typer.Option(help="Of the cache, in % of the unique bytes.")] = 10.0,
    rounds: Annotated[int, typer.Option(help="How often each side runs, in turn.")] = 3,
    policy: Annotated[
        str | None, typer.Option(help="Some policies, such as lru,sieve; all if not given.", metavar="NAMES")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the trace.")] = 1,
    json: Json = None,
) -> None:
    """Replay one trace in turn with our simulator and with libcachesim; then our live policies."""
    from bench.peer import installed
    from bench.rows import PolicyRow, as_dict
    from bench.settings import BenchSettings
    from bench.simulator import BenchError, measure
    from bench.table import NO_PEER, lines, policy_table
    from simulator.traces import TraceError

    chosen = {} if policy is None else {"policies": tuple(name.strip() for name in policy.split(","))}
    try:
        settings = BenchSettings(
            requests=requests,
            objects=objects,
            alpha=alpha,
            largest_bytes=largest,
            capacity_share=capacity / 100,
            rounds=rounds,
            seed=seed,
            **chosen,
        )
    except ValueError as error:
        fail(error, 2)
    if installed() is None:
        err.print(NO_PEER)
    with until_signal("bench"), progress("bench") as tick:
        try:
            rows = list(measure(settings, tick))
        except (BenchError, OSError, TraceError) as error:
            fail(f"bench: {error}")
    write_json(json, [as_dict(row) for row in rows])
    if json != "-":
        out.print(policy_table(row for row in rows if isinstance(row, PolicyRow)))
        for line in lines(rows):
            out.print(line, markup=False)
