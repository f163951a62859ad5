"""``headwater origin``, ``edge`` and ``up``: nodes that run until they are told to stop."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headwater.commands.edgeflags import edge_flags, listen_flags
from headwater.commands.options import (
    AccessLog,
    Advertise,
    Certificate,
    Config,
    Connections,
    Disk,
    DiskAdmission,
    DiskCapacity,
    DiskPolicy,
    IgnoreDirectives,
    IgnoreParams,
    KeepaliveTimeout,
    Key,
    Listen,
    MaxFills,
    MaxRequestBody,
    MinSendRate,
    NoHotPath,
    Peers,
    PreserveHost,
    Slices,
    Supervised,
    TlsListen,
    Token,
    WorkerPort,
    Workers,
)
from headwater.config import ConfigError, decoded, load
from headwater.console import err, fail, out, run_until_signal

if TYPE_CHECKING:
    from edge import EdgeSettings


def origin(
    storage: Annotated[
        Path | None, typer.Option(help="Folder of the published media.", metavar="DIR")
    ] = None,
    listen: Listen = None,
    token: Token = "",
    config: Config = None,
    supervised: Supervised = False,
) -> None:
    """Run an origin: packages what is published and serves it as HLS and DASH."""
    from origin.server import run
    from origin.settings import OriginSettings

    flags = {"folder": storage, "token": token or None, **_listen_flags(listen)}
    _run_node(run, OriginSettings, "origin", flags, config, supervised)


def edge(
    origin: Annotated[str | None, typer.Option(help="Base URL of the origin.", metavar="URL")] = None,
    listen: Listen = None,
    name: Annotated[str | None, typer.Option(help="The node's name; unique in its tier.")] = None,
    bus: Annotated[str | None, typer.Option(help="URL of the origin's bus: hear of purges.")] = None,
    token: Token = "",
    capacity: Annotated[str | None, typer.Option(help="Memory for bodies, such as 512MiB.")] = None,
    policy: Annotated[str | None, typer.Option(help="Eviction policy, such as lru, sieve, s3fifo.")] = None,
    slices: Slices = None,
    peer: Peers = None,
    preserve_host: PreserveHost = None,
    ignore_param: IgnoreParams = None,
    ignore_request_directives: IgnoreDirectives = None,
    disk: Disk = None,
    disk_capacity: DiskCapacity = None,
    disk_policy: DiskPolicy = None,
    disk_admission: DiskAdmission = None,
    no_hot_path: NoHotPath = None,
    access_log: AccessLog = None,
    certificate: Certificate = None,
    key: Key = None,
    tls_listen: TlsListen = None,
    advertise: Advertise = None,
    connections: Connections = None,
    keepalive_timeout: KeepaliveTimeout = None,
    max_request_body: MaxRequestBody = None,
    min_send_rate: MinSendRate = None,
    max_fills: MaxFills = None,
    workers: Workers = None,
    worker_port: WorkerPort = None,
    config: Config = None,
    supervised: Supervised = False,
) -> None:
    """Run an edge: caches what it fetches from the origin and its peers."""
    given = dict(locals())
    from edge import EdgeSettings

    try:
        flags = edge_flags(given)
    except ConfigError as error:
        fail(error, 2)
    _run_node(_run_edge, EdgeSettings, "edge", flags, config, supervised)


def _run_edge(settings: EdgeSettings) -> None:
    """One node, or as many as there are workers."""
    from edge import run
    from headwater.process import NodeError

    if settings.workers == 1:
        run(settings)
        return
    from headwater.workers import run as run_workers

    try:
        run_workers(settings)
    except NodeError as error:
        fail(error)


def up(
    edges: Annotated[int, typer.Option(help="How many edges.", min=1, max=64)] = 3,
    folder: Annotated[Path, typer.Option(help="Storage and logs.", metavar="DIR")] = Path("headwater-data"),
    origin_port: Annotated[int, typer.Option(help="The origin's port; 0 for any.")] = 8080,
    edge_port: Annotated[int, typer.Option(help="The first edge's port; 0 for any.")] = 8081,
    capacity: Annotated[str, typer.Option(help="Memory for bodies, each edge.")] = "256MiB",
    policy: Annotated[str, typer.Option(help="Eviction policy, such as lru, sieve, s3fifo.")] = "lru",
    token: Token = "",
) -> None:
    """Run an origin and a tier of edges on this machine, until Ctrl-C."""
    from headwater.cluster import Cluster, ClusterSettings
    from headwater.process import NodeError

    settings = ClusterSettings(
        folder=folder,
        edges=edges,
        origin_port=origin_port,
        edge_port=edge_port,
        capacity=capacity,
        policy=policy,
        token=token,
    )

    async def stay() -> None:
        async with Cluster(settings) as cluster:
            out.print(f"origin  {cluster.origin.url}")
            for node in cluster.edges:
                out.print(f"{node.name}  {node.url}")
            out.print(f"export HEADWATER_ORIGIN={cluster.origin.url} HEADWATER_TOKEN={cluster.token}")
            err.print("Ctrl-C ends it.")
            await asyncio.Event().wait()

    try:
        run_until_signal(stay())
    except NodeError as error:
        fail(error)


def edge_worker(supervised: Supervised = False) -> None:
    """Run one of several edges behind one address; its settings come on standard input."""
    from edge import EdgeSettings, run

    try:
        settings = decoded(EdgeSettings, sys.stdin.buffer.readline())
        _run(run, settings, supervised)
    except (ConfigError, OSError) as error:  # for its supervisor to say
        why = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        sys.stdout.write(json.dumps({"event": "failed", "why": why}) + "\n")
        raise typer.Exit(1) from None


def _listen_flags(listen: str | None) -> dict[str, Any]:
    try:
        return listen_flags(listen)
    except ConfigError as error:
        fail(error, 2)


def _run_node(
    run: Any, cls: type[Any], section: str, flags: dict[str, Any], config: Path | None, supervised: bool
) -> None:
    """Load the settings of a node and run it; what is wrong with them is said in one line."""
    try:
        settings = load(cls, section, file=config, environment=os.environ, flags=flags)
    except ConfigError as error:
        fail(error, 2)
    try:
        _run(run, settings, supervised)
    except OSError as error:
        fail(f"{section}: {error.strerror or error}")


def _run(run: Any, settings: Any, supervised: bool) -> None:
    from headwater.process import stop_with_parent

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    if supervised:
        stop_with_parent()
    run(settings)
