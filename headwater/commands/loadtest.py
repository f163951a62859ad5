"""``headwater loadtest``: Locust players against a running tier."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from headwater.commands.options import Json
from headwater.console import fail, out, progress, run_until_signal, write_json


def loadtest(
    edge: Annotated[list[str], typer.Option(help="Base URL of an edge; may be repeated.", metavar="URL")],
    asset: Annotated[list[str], typer.Option(help="An asset to watch; may be repeated.", metavar="NAME")],
    users: Annotated[int, typer.Option(help="Viewers at the same time.")] = 10,
    spawn_rate: Annotated[float, typer.Option(help="Viewers started per second.")] = 10,
    seconds: Annotated[int, typer.Option(help="Length of the test.")] = 30,
    seed: Annotated[int, typer.Option(help="Of all choices.")] = 1,
    json: Json = None,
) -> None:
    """Let Locust players watch, and report requests and quality of experience."""
    from headwater.tables import loadtest_table
    from loadtest.run import LoadtestError, run_loadtest
    from loadtest.settings import LoadtestSettings

    try:
        settings = LoadtestSettings(
            edges=tuple(edge),
            assets=tuple(asset),
            users=users,
            spawn_rate=spawn_rate,
            seconds=seconds,
            seed=seed,
        )
    except ValueError as error:
        fail(error, 2)
    with progress("watching") as tick:
        try:
            report = run_until_signal(
                run_loadtest(settings, lambda so_far: tick(min(1.0, so_far.seconds / seconds)))
            )
        except LoadtestError as error:
            fail(error)
    if report is None:
        fail("loadtest: stopped before its end", 130)
    write_json(json, asdict(report))
    if json != "-":
        out.print(loadtest_table(report))
