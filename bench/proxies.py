"""Caching proxies before an origin: our edge, nginx and Varnish, each a process that ends with its block.

The peers run with what is in ``nginx.conf`` and ``varnish.vcl`` beside this file, and come from the system:
where one is absent, ``AbsentError`` says so in a line, and the bench goes on without it.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from headwater.process import NodeError, NodeProcess

_HERE = Path(__file__).parent
_READY_S = 20.0


class AbsentError(Exception):
    """A peer is not installed."""


class ProxyError(Exception):
    """A proxy did not come up."""


@asynccontextmanager
async def ours(origin_url: str, folder: Path) -> AsyncIterator[str]:
    """One edge alone, with its defaults."""
    log = folder / "edge.log"
    edge = NodeProcess("edge", ["edge", "--origin", origin_url], os.environ, log, "127.0.0.1:0")
    try:
        yield await edge.start()
    except NodeError as error:
        raise ProxyError(str(error)) from error
    finally:
        await edge.stop()


@asynccontextmanager
async def nginx(origin_url: str, folder: Path) -> AsyncIterator[str]:
    """nginx with a cache on disk and ``proxy_cache_lock``."""
    program = _installed("nginx", "nginx-light")
    port = _free_port()
    configuration = _filled(
        "nginx.conf", folder, PORT=str(port), ORIGIN=origin_url, FOLDER=str(folder), USER=getpass.getuser()
    )
    async with _running([program, "-p", str(folder), "-c", str(configuration)], folder, port) as url:
        yield url


@asynccontextmanager
async def varnish(origin_url: str, folder: Path) -> AsyncIterator[str]:
    """Varnish with its defaults and 256 MB of memory."""
    program = _installed("varnishd", "varnish")
    port = _free_port()
    origin = urlsplit(origin_url)
    configuration = _filled(
        "varnish.vcl", folder, ORIGIN_HOST=str(origin.hostname), ORIGIN_PORT=str(origin.port)
    )
    arguments = ["-F", "-j", "none", "-a", f"127.0.0.1:{port}", "-f", str(configuration)]
    arguments += ["-n", str(folder / "work"), "-s", "malloc,256m"]
    async with _running([program, *arguments], folder, port) as url:
        yield url


Starter = Callable[[str, Path], AbstractAsyncContextManager[str]]
PROXIES: Final[Mapping[str, Starter]] = {"headwater": ours, "nginx": nginx, "varnish": varnish}
"""By name, what starts one before an origin; the block gets its base URL. Raises AbsentError, ProxyError."""


def _installed(program: str, package: str) -> str:
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
    found = shutil.which(program, path=path)
    if found is None:
        raise AbsentError(f"{program} is not installed (apt-get install {package}): left out")
    return found


def _filled(name: str, folder: Path, **words: str) -> Path:
    text = (_HERE / name).read_text()
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    filled = folder / name
    filled.write_text(text)
    return filled


def _free_port() -> int:
    """A port of the system's choice; another process might take it before the peer does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@asynccontextmanager
async def _running(command: list[str], folder: Path, port: int) -> AsyncIterator[str]:
    log = folder / "output.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        async with asyncio.timeout(_READY_S):
            while not await _listens(port):
                if process.returncode is not None:
                    raise ProxyError(f"{command[0]} ended: {log.read_text(errors='replace').strip()}")
                await asyncio.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    except TimeoutError:
        raise ProxyError(f"{command[0]} does not listen after {_READY_S:g} s") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
