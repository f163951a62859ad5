"""``headwater publish``, ``purge`` and ``assets``: the control plane from the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from headwater.commands.options import DEFAULT_ORIGIN, Json, OriginUrl, Token
from headwater.console import err, fail, out, progress, write_json
from headwater.control import Control, ControlError


def publish(
    file: Annotated[Path, typer.Argument(help="The video to publish.")],
    id: Annotated[str, typer.Option("--id", help="The asset's name in URLs.", metavar="NAME")],  # noqa: A002
    origin: OriginUrl = DEFAULT_ORIGIN,
    token: Token = "",
    json: Json = None,
) -> None:
    """Encode a video once and serve it as HLS and DASH."""
    with progress(f"encoding {id}") as tick:
        asset = _ask(Control(origin, token).publish(file, id, tick))
    write_json(json, asset)
    if json != "-":
        base = f"{origin.rstrip('/')}/vod/{id}"
        out.print(f"published {id}\n  HLS   {base}/master.m3u8\n  DASH  {base}/manifest.mpd")


def purge(
    url: Annotated[str | None, typer.Option(help="One URL, or its path on every site.")] = None,
    prefix: Annotated[str | None, typer.Option(help="Everything that begins so.")] = None,
    tag: Annotated[str | None, typer.Option(help="Everything that carries the tag.")] = None,
    all: Annotated[bool, typer.Option("--all", help="Everything.")] = False,  # noqa: A002
    soft: Annotated[bool, typer.Option("--soft", help="Mark stale instead of dropping.")] = False,
    origin: OriginUrl = DEFAULT_ORIGIN,
    token: Token = "",
    json: Json = None,
) -> None:
    """Purge from every edge; answers when each has applied it, or is fenced."""
    scopes: dict[str, Any] = {"url": url, "prefix": prefix, "tag": tag, "all": all or None}
    given = {name: value for name, value in scopes.items() if value is not None}
    if len(given) != 1:
        fail("purge: exactly one of --url, --prefix, --tag and --all is needed", 2)
    result = _ask(Control(origin, token).purge({**given, "soft": soft}))
    write_json(json, result)
    if json == "-":
        return
    out.print(f"purged at position {result['position']}")
    for edge in result["edges"]:
        out.print(f"  {edge['name']}  {edge['state']} after {edge['after_ms']:g} ms")
    if not result["edges"]:
        err.print("  no edge follows the bus")


def assets(origin: OriginUrl = DEFAULT_ORIGIN, token: Token = "", json: Json = None) -> None:
    """List what is published."""
    found = _ask(Control(origin, token).assets())
    write_json(json, found)
    if json == "-":
        return
    table = Table("asset", "version", "seconds", "renditions", box=None)
    for asset in found:
        names = ", ".join(rendition["id"] for rendition in asset["renditions"])
        table.add_row(asset["id"], asset["version"], f"{asset['duration_ms'] / 1000:.1f}", names)
    out.print(table)


def _ask(call: Coroutine[Any, Any, Any]) -> Any:
    try:
        return asyncio.run(call)
    except ControlError as error:
        fail(error)
