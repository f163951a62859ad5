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

# Of an edge.
Slices = Annotated[
    str | None, typer.Option(help="Blocks in which ranges are fetched, such as 1MiB; 0 for the whole.")
]
Peers = Annotated[
    list[str] | None,
    typer.Option(help="A peer, NAME=URL; may be repeated. A tier has one token."),
]
PreserveHost = Annotated[
    bool | None, typer.Option("--preserve-host", help="Keep the client's Host in key and request.")
]
IgnoreParams = Annotated[
    list[str] | None,
    typer.Option(help="A query parameter to leave out of keys, besides CMCD; may be repeated."),
]
IgnoreDirectives = Annotated[
    bool | None,
    typer.Option("--ignore-request-directives", help="Do not do what clients' Cache-Control asks."),
]
NoHotPath = Annotated[
    bool | None, typer.Option("--no-hot-path", help="Let aiohttp read every request; slower.")
]
AccessLog = Annotated[
    Path | None, typer.Option(help="JSON lines, one a request; - for standard error.", metavar="FILE")
]
Certificate = Annotated[
    Path | None,
    typer.Option(help="TLS: the certificate and those that lead to its root, PEM.", metavar="FILE"),
]
Key = Annotated[Path | None, typer.Option(help="TLS: the certificate's key, PEM.", metavar="FILE")]
TlsListen = Annotated[
    str | None,
    typer.Option(help="TLS: a second address, for https; --listen stays plain.", metavar="HOST:PORT"),
]
Advertise = Annotated[
    str | None,
    typer.Option(help="The host by which peers reach the node, if not --listen's.", metavar="HOST"),
]
Workers = Annotated[
    int | None,
    typer.Option(help="Processes behind the address, each a node of its own (NAME-1, ...); one a core."),
]
WorkerPort = Annotated[
    int | None,
    typer.Option(
        help="The first worker's own port, the others follow: for peers and metrics.", metavar="PORT"
    ),
]
Disk = Annotated[
    Path | None,
    typer.Option(
        help="Folder for bodies on disk, which outlive the node; memory alone if not given.", metavar="DIR"
    ),
]
DiskCapacity = Annotated[str | None, typer.Option(help="Disk for bodies, such as 100GiB.", metavar="SIZE")]
DiskPolicy = Annotated[str | None, typer.Option(help="Eviction policy of the disk, such as lru, sieve.")]
DiskAdmission = Annotated[
    str | None,
    typer.Option(help="What is written to disk: second (asked for twice), tinylfu, adaptsize or all."),
]
Connections = Annotated[
    int | None, typer.Option(help="Clients' connections at once; 0 for what open files allow.", metavar="N")
]
KeepaliveTimeout = Annotated[
    float | None, typer.Option(help="How long an idle connection is kept.", metavar="SECONDS")
]
MaxFills = Annotated[
    int | None, typer.Option(help="Fills from upstream at once; 0 for any number.", metavar="N")
]
MaxRequestBody = Annotated[
    str | None, typer.Option(help="The longest body of a request, such as 100MiB; 0 for any.", metavar="SIZE")
]
MinSendRate = Annotated[
    str | None,
    typer.Option(help="Who reads less in a second is cut off, such as 2KiB; 0: nobody.", metavar="SIZE"),
]

DEFAULT_ORIGIN = "http://127.0.0.1:8080"
