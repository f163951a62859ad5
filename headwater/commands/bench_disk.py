"""``headwater bench disk``: the disk tier by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from headwater.commands.options import Json
from headwater.config import ConfigError, parse_bytes
from headwater.console import fail, out, progress, until_signal, write_json


def disk(
    objects: Annotated[int, typer.Option(help="On disk at a start, and dropped at once.")] = 100_000,
    size: Annotated[str, typer.Option(help="Of each of them.", metavar="SIZE")] = "4KiB",
    large_objects: Annotated[int, typer.Option(help="For the rates of large bodies.")] = 200,
    large_size: Annotated[str, typer.Option(help="Of each of these.", metavar="SIZE")] = "1MiB",
    rounds: Annotated[int, typer.Option(help="How often the store is opened and read.")] = 3,
    folder: Annotated[Path | None, typer.Option(help="Where the bench makes a folder of its own.")] = None,
    json: Json = None,
) -> None:
    """The disk tier by itself: writing, opening, hits, a start with many bodies, dropping them all."""
    from bench.disk import DiskBenchError, DiskBenchSettings, measure
    from bench.table import disk_table

    try:
        settings = DiskBenchSettings(
            objects=objects,
            size_bytes=parse_bytes(size),
            large_objects=large_objects,
            large_bytes=parse_bytes(large_size),
            rounds=rounds,
            folder=folder,
        )
    except (ValueError, ConfigError) as error:
        fail(error, 2)
    with until_signal("bench"), progress("bench") as tick:
        try:
            rows = measure(settings, tick)
        except (DiskBenchError, OSError) as error:
            fail(f"bench: {error}")
    write_json(json, [row.as_dict() for row in rows])
    if json != "-":
        out.print(disk_table(rows))
