"""The servers of the bench, each started before the origin on the server's core, and ended with its block.

nginx and Varnish are configured by what lies in ``bench/peers``, whose comments say why. Our edge has all
features on: metrics, access log to a file, policy, freshness.
"""

from __future__ import annotations

import getpass
import resource
import shlex
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from bench.processes import filled, free_port, installed, running

PEERS: Final = Path(__file__).parents[1] / "peers"
_SHARED_MEMORY: Final = Path("/dev/shm")
_FILES: Final = 65_536


class Certificate(NamedTuple):
    """Files in PEM."""

    chain: Path
    key: Path


class Site(NamedTuple):
    """What a server is started with."""

    origin_url: str
    folder: Path
    """The server's own, empty."""
    capacity_bytes: int
    certificate: Certificate | None
    core: int | None
    on_disk: bool = False
    """Whether what is asked for is to be on disk only, where the server has memory as well."""


class Server(NamedTuple):
    """A server that listens."""

    pid: int
    url: str
    tls_url: str | None = None


@asynccontextmanager
async def headwater(site: Site) -> AsyncIterator[Server]:
    """Our edge, a node alone."""
    port, tls_port = free_port(), free_port()
    memory_bytes = 1 if site.on_disk else site.capacity_bytes
    command = [sys.executable, "-m", "headwater", "edge", "--origin", site.origin_url, "--supervised"]
    command += ["--listen", f"127.0.0.1:{port}", "--capacity", str(memory_bytes)]
    command += ["--access-log", str(site.folder / "access.log")]
    if site.on_disk:
        command += ["--disk", str(site.folder / "disk"), "--disk-capacity", str(site.capacity_bytes)]
    tls_url = None
    if site.certificate is not None:
        chain, key = site.certificate
        tls_url = f"https://127.0.0.1:{tls_port}"
        command += ["--certificate", str(chain), "--key", str(key), "--tls-listen", f"127.0.0.1:{tls_port}"]
    async with running(command, site.folder / "output.log", port, site.core) as pid:
        yield Server(pid, f"http://127.0.0.1:{port}", tls_url)


@asynccontextmanager
async def nginx(site: Site) -> AsyncIterator[Server]:
    """nginx's proxy_cache, with one worker."""
    program = installed("nginx", "nginx-light")
    configuration = site.folder / "nginx.conf"
    port, tls_port = free_port(), free_port()
    configuration.write_text(nginx_configuration(site, port, tls_port))
    command = [program, "-p", str(site.folder), "-c", str(configuration)]
    async with running(command, site.folder / "output.log", port, site.core) as pid:
        tls_url = f"https://127.0.0.1:{tls_port}" if site.certificate else None
        yield Server(pid, f"http://127.0.0.1:{port}", tls_url)


def nginx_configuration(site: Site, port: int, tls_port: int) -> str:
    """``nginx.conf``, with the part on TLS where there is a certificate."""
    tls = ""
    if site.certificate is not None:
        chain, key = site.certificate
        tls = filled(PEERS / "nginx-tls.conf", TLS_PORT=tls_port, CERTIFICATE=chain, KEY=key).strip()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    files = _FILES if most == resource.RLIM_INFINITY else min(_FILES, most)
    return filled(
        PEERS / "nginx.conf",
        FILES=files,
        OPEN_FILES=files // 2,
        USER=getpass.getuser(),
        FOLDER=site.folder,
        CAPACITY=site.capacity_bytes,
        ORIGIN=urlsplit(site.origin_url).netloc,
        PORT=port,
        TLS=tls,
    )


@asynccontextmanager
async def varnish(site: Site) -> AsyncIterator[Server]:
    """Varnish with storage in memory."""
    program = installed("varnishd", "varnish")
    port, vcl = free_port(), site.folder / "varnish.vcl"
    origin = urlsplit(site.origin_url)
    vcl.write_text(filled(PEERS / "varnish.vcl", ORIGIN_HOST=origin.hostname, ORIGIN_PORT=origin.port))
    in_memory = _SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="headwater-bench-", dir=in_memory) as work:
        command = [program, *varnish_arguments(site, port, vcl, Path(work))]
        async with running(command, site.folder / "output.log", port, site.core) as pid:
            yield Server(pid, f"http://127.0.0.1:{port}")


def varnish_arguments(site: Site, port: int, vcl: Path, work: Path) -> list[str]:
    """``varnish.args``."""
    text = filled(PEERS / "varnish.args", PORT=port, VCL=vcl, WORK=work, CAPACITY=site.capacity_bytes)
    return shlex.split(text, comments=True)


@asynccontextmanager
async def plain(site: Site) -> AsyncIterator[Server]:
    """The handler of an application developer, ``bench/plain.py``."""
    port = free_port()
    command = [sys.executable, "-m", "bench.plain", site.origin_url, str(port), str(site.capacity_bytes)]
    async with running(command, site.folder / "output.log", port, site.core) as pid:
        yield Server(pid, f"http://127.0.0.1:{port}")


@asynccontextmanager
async def origin(folder: Path, core: int | None) -> AsyncIterator[str]:
    """The origin behind all of them; its base URL."""
    port = free_port()
    async with running(
        [sys.executable, "-m", "bench.edge.origin", str(port)], folder / "origin.log", port, core
    ):
        yield f"http://127.0.0.1:{port}"


OURS: Final = "headwater"
Starter = Callable[[Site], AbstractAsyncContextManager[Server]]
SERVERS: Final[Mapping[str, Starter]] = {OURS: headwater, "nginx": nginx, "varnish": varnish, "plain": plain}
"""By the names that ``--server`` takes. Each raises AbsentError or ProgramError."""
