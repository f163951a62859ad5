"""``headwater simulate day``: the requests of a large service for a day, drawn and replayed in one stream."""

from __future__ import annotations

from dataclasses import asdict
from itertools import product
from typing import TYPE_CHECKING, Annotated

import typer

from headwater.commands.options import Json
from headwater.console import out, progress, until_signal, write_json

if TYPE_CHECKING:
    from simulator.stream import DayRow


def day(
    policy: Annotated[str, typer.Option(metavar="NAMES", help="Eviction policies.")] = "lru,sieve",
    capacity: Annotated[
        str, typer.Option(metavar="SIZES", help="Of the caches: 1% of the bytes of all objects, or 10GiB.")
    ] = "1%",
    requests: Annotated[int, typer.Option(help="100 million viewers ask ten times a day.")] = 1_000_000_000,
    objects: Annotated[int, typer.Option(help="That there are.")] = 10_000_000,
    alpha: Annotated[float, typer.Option(help="Popularity of rank k: 1 / k ** alpha.")] = 1.0,
    smallest: Annotated[str, typer.Option(help="Size of the smallest object.")] = "64KiB",
    largest: Annotated[str, typer.Option(help="Size of the largest; sizes are log-uniform.")] = "4MiB",
    seed: Annotated[int, typer.Option(help="Of all choices.")] = 1,
    json: Json = None,
) -> None:
    """Draw the requests of a day and replay them as they come, without a file."""
    from headwater import laboratory as lab
    from headwater.config import parse_bytes
    from simulator.stream import Day, replay_day, streamed
    from simulator.synthetic import Sizes, Zipf

    with until_signal("day"):
        with lab.usage():
            drawn = Day(
                Zipf(objects, alpha), Sizes(parse_bytes(smallest), parse_bytes(largest)), requests, seed
            )
            policies = [name.strip() for name in policy.split(",")]
            for name in policies:
                streamed(name)
            capacities = lab.parse_capacities(capacity, drawn.unique_bytes())
        rows = []
        for name, capacity_bytes in product(policies, capacities):
            with progress(f"a day through {name}", lab.QUIET_S) as tick:
                rows.append(replay_day(drawn, name, capacity_bytes, lab.at_rate(tick, requests)))
            if json != "-":
                out.print(line(rows[-1], alpha), markup=False)
        write_json(json, [asdict(row) for row in rows])


def line(row: DayRow, alpha: float) -> str:
    """A day's result for people."""
    return (
        f"{row.policy}: {row.requests:,} requests (Zipf {alpha:g}) in {row.seconds:.1f} s, "
        f"{row.requests_per_s / 1e6:.1f} M/s; cache of {row.capacity_bytes / 2**30:.1f} GiB: "
        f"{row.miss_ratio:.4%} missed, {row.byte_miss_ratio:.4%} of the bytes, "
        f"{row.written_bytes / 2**40:.1f} TiB written"
    )
