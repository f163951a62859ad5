"""The one command. Each group of subcommands has a file of its own and imports its rooms when it is run."""

from __future__ import annotations

import typer

from headwater.commands import bench, control, day, demo, loadtest, nodes, simulate

app = typer.Typer(
    name="headwater",
    help="A video CDN in Python and a laboratory for it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("up")(nodes.up)
app.command("origin")(nodes.origin)
app.command("edge")(nodes.edge)
app.command("edge-worker", hidden=True)(nodes.edge_worker)
app.command("publish")(control.publish)
app.command("purge")(control.purge)
app.command("assets")(control.assets)
app.command("loadtest")(loadtest.loadtest)
simulate.app.command("day")(day.day)
app.add_typer(simulate.app, name="simulate")
app.add_typer(bench.app, name="bench")


def main() -> None:
    """Entry point of the script and of ``python -m headwater``."""
    app()
