"""``headwater bench``: side by side with the peers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from headwater.commands.bench_disk import disk
from headwater.commands.options import Json
from headwater.config import ConfigError, parse_bytes
from headwater.console import err, fail, out, progress, until_signal, write_json

if TYPE_CHECKING:
    from bench.proxies import Starter

T = TypeVar("T")
Proxies = Annotated[str, typer.Option("--proxy", help="Some of headwater,nginx,varnish.", metavar="NAMES")]

app = typer.Typer(help="Benchmarks, side by side with the peers.", no_args_is_help=True)
app.command()(disk)


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


@app.command()
def follow(
    clients: Annotated[int, typer.Option(help="Who ask for one segment.")] = 20,
    apart_ms: Annotated[int, typer.Option(help="From one client's request to the next one's.")] = 30,
    chunks: Annotated[int, typer.Option(help="Of the segment, its length unknown.")] = 10,
    chunk_ms: Annotated[int, typer.Option(help="From one chunk to the next.")] = 200,
    chunk_bytes: Annotated[int, typer.Option(help="Of each chunk.")] = 100_000,
    rounds: Annotated[int, typer.Option(help="Segments, one after another.")] = 3,
    proxy: Proxies = "headwater,nginx,varnish",
    json: Json = None,
) -> None:
    """Clients of a segment that is still being produced: how far they lag, through ours and the peers."""
    from bench.follow import FollowError, FollowRow, FollowSettings, measure
    from bench.table import follow_table

    try:
        settings = FollowSettings(chunks, chunk_ms, chunk_bytes, clients, apart_ms, rounds)
    except ValueError as error:
        fail(error, 2)
    rows: list[FollowRow] = _through(proxy, lambda name, start: measure(name, start, settings), FollowError)
    write_json(json, [row.as_dict() for row in rows])
    if json != "-":
        out.print(follow_table(rows))


@app.command()
def ranges(proxy: Proxies = "headwater", json: Json = None) -> None:
    """What range requests cost the origin: bytes asked of it for each byte delivered."""
    from bench.ranges import RangeRow, measure
    from bench.table import range_table

    rows: list[RangeRow] = []
    for found in _through(proxy, measure, TimeoutError):
        rows += found
    write_json(json, [row.as_dict() for row in rows])
    if json != "-":
        out.print(range_table(rows))


@app.command()
def edge(
    case: Annotated[
        str | None,
        typer.Option(help="Some of the cases, such as hit,miss; all if not given.", metavar="NAMES"),
    ] = None,
    size: Annotated[str, typer.Option(help="Of the objects.", metavar="SIZES")] = "1KiB,64KiB,1MiB,4MiB",
    server: Annotated[
        str, typer.Option(help="Which of them run.", metavar="NAMES")
    ] = "headwater,nginx,varnish,plain",
    seconds: Annotated[int, typer.Option(help="Of load for each figure.")] = 3,
    rounds: Annotated[int, typer.Option(help="How often each server has its turn.")] = 5,
    connections: Annotated[int, typer.Option(help="Held open by the load generator.")] = 64,
    json: Json = None,
) -> None:
    """One edge on one core beside nginx, Varnish and a plain handler: hits, ranges, misses, errors."""
    from bench.edge.cases import CASES
    from bench.edge.measure import measure
    from bench.edge.settings import EdgeBenchSettings
    from bench.edge.table import edge_table, lines
    from bench.processes import AbsentError, ProgramError

    try:
        settings = EdgeBenchSettings(
            cases=tuple(CASES) if case is None else _words(case),
            sizes_bytes=tuple(parse_bytes(text) for text in _words(size)),
            servers=_words(server),
            seconds=seconds,
            rounds=rounds,
            connections=connections,
        )
    except (ValueError, ConfigError) as error:
        fail(error, 2)
    with until_signal("bench"), progress("bench") as tick:
        try:
            found = asyncio.run(measure(settings, tick))
        except AbsentError as error:
            fail(f"bench: {error}", 2)
        except (ProgramError, OSError) as error:
            fail(f"bench: {error}")
    write_json(json, [row.as_dict() for row in found.rows])
    if json != "-":
        out.print(edge_table(found.rows))
    for line in lines(found):
        (err if json == "-" else out).print(line, markup=False)
    if found.failures:
        fail(f"bench: {len(found.failures)} of the servers' turns ended in an error")


@app.command()
def index(
    objects: Annotated[int, typer.Option(help="In the largest index.")] = 1_000_000,
    lookups: Annotated[int, typer.Option(help="For each figure.")] = 200_000,
    policy: Annotated[
        str, typer.Option(help="Some policies.", metavar="NAMES")
    ] = "lru,sieve,s3fifo,wtinylfu",
    seed: Annotated[int, typer.Option(help="Of what is looked up.")] = 1,
    live: Annotated[
        bool, typer.Option("--live", help="Over HTTP in its place: hits of 1 KiB through a real edge.")
    ] = False,
    seconds: Annotated[int, typer.Option(help="Of load for each figure over HTTP.")] = 5,
    json: Json = None,
) -> None:
    """What an edge's index costs as it grows: look-ups, memory for each object, collections of garbage."""
    from bench.edge.load import LoadError
    from bench.index.live import measure_live
    from bench.index.measure import BenchError, measure
    from bench.index.rows import as_dict
    from bench.index.settings import IndexBenchSettings
    from bench.index.table import tables
    from bench.processes import AbsentError, ProgramError

    try:
        settings = IndexBenchSettings(objects, lookups, _words(policy), seed, seconds)
    except ValueError as error:
        fail(error, 2)
    with until_signal("bench"), progress("bench") as tick:
        try:
            rows = [*(asyncio.run(measure_live(settings, tick)) if live else measure(settings, tick))]
        except AbsentError as error:
            fail(f"bench: {error}", 2)
        except (BenchError, LoadError, ProgramError, OSError) as error:
            fail(f"bench: {error}")
    write_json(json, [as_dict(row) for row in rows])
    if json != "-":
        for table in tables(rows):
            out.print(table)
            out.print()


@app.command()
def slow(
    readers: Annotated[int, typer.Option(help="Who read slowly, all at once.")] = 2_000,
    rate: Annotated[int, typer.Option(help="That each of them reads in a second.", metavar="BYTES")] = 1_024,
    size: Annotated[str, typer.Option(help="Of what they read.")] = "4MiB",
    seconds: Annotated[int, typer.Option(help="Of normal load, without them and beside them.")] = 20,
    patience: Annotated[int, typer.Option(help="Seconds for which they go on.")] = 100,
    normal: Annotated[int, typer.Option(help="Requests of normal clients a second, 64 KiB each.")] = 1_000,
    server: Annotated[
        str, typer.Option(help="Which of them run.", metavar="NAMES")
    ] = "headwater,nginx,varnish",
    json: Json = None,
) -> None:
    """Slow readers beside normal load: memory, p99 of the others, and how the readers end."""
    from bench.edge.load import LoadError
    from bench.processes import AbsentError, ProgramError
    from bench.slow import SlowSettings, measure
    from bench.table import slow_table

    try:
        settings = SlowSettings(
            readers, rate, parse_bytes(size), seconds, patience, normal, servers=_words(server)
        )
    except (ValueError, ConfigError) as error:
        fail(error, 2)
    with until_signal("bench"), progress("bench") as tick:
        try:
            found = asyncio.run(measure(settings, tick))
        except AbsentError as error:
            fail(f"bench: {error}", 2)
        except (ProgramError, LoadError, OSError) as error:
            fail(f"bench: {error}")
    write_json(json, [row.as_dict() for row in found.rows])
    if json != "-":
        out.print(slow_table(found.rows))
    for line in found.remarks:
        err.print(line, markup=False)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _through(
    names: str, measure: Callable[[str, Starter], Coroutine[None, None, T]], failure: type[Exception]
) -> list[T]:
    """What is measured through each proxy; one that is absent is left out with a line."""
    from bench.processes import AbsentError, ProgramError
    from bench.proxies import PROXIES

    chosen = _words(names)
    for name in chosen:
        if name not in PROXIES:
            fail(f"proxy: {name!r} is not one of {', '.join(PROXIES)}", 2)
    rows = []
    with until_signal("bench"), progress("bench") as tick:
        for number, name in enumerate(chosen):
            tick(number / len(chosen), name)
            try:
                rows.append(asyncio.run(measure(name, PROXIES[name])))
            except AbsentError as error:
                err.print(f"bench: {error}", markup=False)
            except (ProgramError, OSError, failure) as error:
                fail(f"bench: {error}")
        tick(1)
    return rows


def _names(text: str) -> tuple[str, ...]:
    """Policies as ``simulate replay`` takes them, without options: the wheel's would have other names."""
    from headwater.laboratory import parse_policies

    for name, options in (policies := parse_policies(text)):
        if options:
            raise ConfigError(f"policy {name!r}: is benched without options")
    return tuple(name for name, _ in policies)
