"""``headwater demo``: the whole system on this machine."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from headwater.commands.options import Json
from headwater.console import fail, out, run_until_signal, write_json


def demo(
    file: Annotated[Path | None, typer.Argument(help="A video; a clip is made when there is none.")] = None,
    seconds: Annotated[
        int | None, typer.Option(help="End by itself after so many seconds; default: on Ctrl-C.", min=10)
    ] = None,
    edges: Annotated[int, typer.Option(help="How many edges.", min=1, max=16)] = 3,
    users: Annotated[int, typer.Option(help="Locust players.", min=1)] = 12,
    port: Annotated[
        int, typer.Option(help="Port of the first edge, the others follow; 0 for any free ones.")
    ] = 0,
    json: Json = None,
) -> None:
    """Origin, edges, events, players and load on a real clip, with one table at the end."""
    from headwater.cluster import Cluster, ClusterSettings
    from headwater.control import ControlError
    from headwater.demo import Demo, DemoError, DemoSettings
    from headwater.process import NodeError
    from headwater.tables import demo_table
    from loadtest.run import LoadtestError

    if file is not None and not file.is_file():
        fail(f"{file}: there is no such file", 2)

    def show(figures: dict[str, Any]) -> None:
        out.print(demo_table(figures))
        write_json(json, figures)

    async def run(folder: Path) -> None:
        async with Cluster(ClusterSettings(folder=folder, edges=edges, edge_port=port)) as cluster:
            await Demo(cluster, DemoSettings(file=file, seconds=seconds, users=users)).run(show)

    with TemporaryDirectory(prefix="headwater-demo-") as folder:
        try:
            run_until_signal(run(Path(folder)))
        except (ControlError, DemoError, LoadtestError, NodeError) as error:
            fail(error)
