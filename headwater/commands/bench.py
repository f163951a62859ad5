"""``headwater bench``: side by side with the peers."""

from __future__ import annotations

from typing import Annotated

import typer

from headwater.commands.options import Json
from headwater.config import ConfigError
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

    try:
        settings = BenchSettings(
            **({} if policy is None else {"policies": _names(policy)}),
            requests=requests,
            objects=objects,
            alpha=alpha,
            largest_bytes=largest,
            capacity_share=capacity / 100,
            rounds=rounds,
            seed=seed,
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


def _names(text: str) -> tuple[str, ...]:
    """Policies as ``simulate replay`` takes them, without options: the wheel's would have other names."""
    from headwater.laboratory import parse_policies

    for name, options in (policies := parse_policies(text)):
        if options:
            raise ConfigError(f"policy {name!r}: is benched without options")
    return tuple(name for name, _ in policies)
