"""Caching proxies before an origin: our edge, nginx and Varnish, each a process that ends with its block.

The peers run with what is in ``nginx.conf`` and ``varnish.vcl`` beside this file, and come from the system:
where one is absent, ``AbsentError`` says so in a line, and the bench goes on without it.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bench.processes import ProgramError, filled, free_port, installed, running
from headwater.process import NodeError, NodeProcess

_HERE = Path(__file__).parent


@asynccontextmanager
async def ours(origin_url: str, folder: Path) -> AsyncIterator[str]:
    """One edge alone, with its defaults."""
    log = folder / "edge.log"
    edge = NodeProcess("edge", ["edge", "--origin", origin_url], os.environ, log, "127.0.0.1:0")
    try:
        yield await edge.start()
    except NodeError as error:
        raise ProgramError(str(error)) from error
    finally:
        await edge.stop()


@asynccontextmanager
async def nginx(origin_url: str, folder: Path) -> AsyncIterator[str]:
    """nginx with a cache on disk and ``proxy_cache_lock``."""
    program = installed("nginx", "nginx-light")
    port = free_port()
    configuration = _configuration(
        "nginx.conf", folder, PORT=port, ORIGIN=origin_url, FOLDER=folder, USER=getpass.getuser()
    )
    async with _at(port, [program, "-p", str(folder), "-c", str(configuration)], folder) as url:
        yield url


@asynccontextmanager
async def varnish(origin_url: str, folder: Path) -> AsyncIterator[str]:
    """Varnish with its defaults and 256 MB of memory."""
    program = installed("varnishd", "varnish")
    port = free_port()
    origin = urlsplit(origin_url)
    configuration = _configuration(
        "varnish.vcl", folder, ORIGIN_HOST=origin.hostname, ORIGIN_PORT=origin.port
    )
    arguments = ["-F", "-j", "none", "-a", f"127.0.0.1:{port}", "-f", str(configuration)]
    arguments += ["-n", str(folder / "work"), "-s", "malloc,256m"]
    async with _at(port, [program, *arguments], folder) as url:
        yield url


Starter = Callable[[str, Path], AbstractAsyncContextManager[str]]
PROXIES: Final[Mapping[str, Starter]] = {"headwater": ours, "nginx": nginx, "varnish": varnish}
"""What starts one before an origin; its block gets the base URL. Raises AbsentError, ProgramError."""


def _configuration(name: str, folder: Path, **words: object) -> Path:
    made = folder / name
    made.write_text(filled(_HERE / name, **words))
    return made


@asynccontextmanager
async def _at(port: int, command: list[str], folder: Path) -> AsyncIterator[str]:
    async with running(command, folder / "output.log", port):
        yield f"http://127.0.0.1:{port}"
