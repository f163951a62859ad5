"""Options that several commands share, spelled once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

OriginUrl = Annotated[
    str, typer.Option("--origin", envvar="HEADWATER_ORIGIN", help="Base URL of the origin.", metavar="URL")
]
Token = Annotated[
    str, typer.Option(envvar="HEADWATER_TOKEN", help="Bearer token of the admin API and the bus.")
]
Json = Annotated[
    str | None, typer.Option("--json", help="Write the figures there; - for standard output.", metavar="FILE")
]
Config = Annotated[
    Path | None,
    typer.Option(
        envvar="HEADWATER_CONFIG",
        help="Settings in TOML; environment and flags go before it.",
        metavar="FILE",
    ),
]
Listen = Annotated[
    str | None, typer.Option(help="Address to listen on; port 0 for any free one.", metavar="HOST:PORT")
]
Supervised = Annotated[
    bool, typer.Option("--supervised", hidden=True, help="End when standard input closes.")
]

DEFAULT_ORIGIN = "http://127.0.0.1:8080"
