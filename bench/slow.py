"""Slow readers beside normal load: what they cost a server in memory, and its other clients in time.

For each server: normal clients alone, at a steady rate; then the readers come, each for the same large
object, and take a little of it each second; normal clients again, beside them; then the readers go on until
the server has ended them all, or time is up.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit
from urllib.request import urlopen

from bench.edge import load
from bench.edge.servers import OURS, SERVERS, Server, Site, origin
from bench.processes import AbsentError, Cores, output_of, resident_bytes, two_cores
from bench.readers import Readers
from edge.files import allowed

_CAPACITY_BYTES: Final = 512 * 1024 * 1024
_LOOK_S: Final = 0.5
_SETTLED_S: Final = 2.0
_SPARE_FILES: Final = 1_000
_CUT_OFF: Final = re.compile(r'^headwater_edge_cut_off_total\{why="([a-z-]+)"\} ([0-9.]+)$', re.MULTILINE)
_KERNEL: Final = re.compile(r"^TCP: .* mem (\d+)$", re.MULTILINE)
_PAGE_BYTES: Final = 4096

OnProgress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class SlowSettings:
    """What is measured. Raises ValueError naming the field that is out of range."""

    readers: int = 2_000
    rate: int = 1_024
    """Bytes a second that each of them reads."""
    object_bytes: int = 4 * 1024 * 1024
    """Of what they read."""
    seconds: int = 20
    """Of normal load, once without the readers and once beside them."""
    patience_s: int = 100
    """How long the readers go on, from their coming."""
    normal_per_s: int = 1_000
    """Requests of the normal clients, a second."""
    normal_bytes: int = 64 * 1024
    """Of what they ask for."""
    servers: tuple[str, ...] = (OURS, "nginx", "varnish")

    def __post_init__(self) -> None:
        for name in ("readers", "rate", "object_bytes", "seconds", "normal_per_s", "normal_bytes"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: at least 1, not {getattr(self, name)}")
        if self.patience_s < self.seconds:
            raise ValueError(f"patience_s: at least the {self.seconds} s of load, not {self.patience_s}")
        for server in self.servers:
            if server not in SERVERS:
                raise ValueError(f"server: {server!r} is not one of {', '.join(SERVERS)}")


@dataclass(frozen=True, slots=True)
class SlowRow:
    """One server. Memory is that of its processes; the kernel's is of all TCP on the machine."""

    server: str
    readers: int
    p99_alone_ms: float
    p99_beside_ms: float
    errors: int
    """Of the normal clients."""
    rss_before_bytes: int
    rss_most_bytes: int
    rss_after_bytes: int
    kernel_before_bytes: int
    kernel_most_bytes: int
    ends: dict[str, int]
    """How many readers came to which end; ``reading`` had not ended when time was up."""
    first_end_s: float | None
    """From their coming."""
    last_end_s: float | None
    cut_off: dict[str, int]
    """By the server's own metric, if it has one."""

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


class Found(NamedTuple):
    """All that the bench has to tell."""

    rows: list[SlowRow]
    remarks: list[str]


async def measure(settings: SlowSettings, on_progress: OnProgress) -> Found:
    """All servers, one after another. Raises AbsentError without h2load, ProgramError, LoadError."""
    found, cores = Found([], []), two_cores()
    program = load.h2load()
    if allowed(settings.readers + _SPARE_FILES) < settings.readers + _SPARE_FILES:
        raise AbsentError(f"readers: {settings.readers} take more open files than there may be (ulimit -n)")
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as name:
        Path(name).chmod(0o755)  # nginx's worker may be another user
        async with origin(Path(name), cores.load) as origin_url:
            for number, server in enumerate(settings.servers):
                folder = Path(name, server)
                folder.mkdir()
                tick = partial(_tick, on_progress, number, len(settings.servers), server)
                try:
                    async with _turn(settings, server, origin_url, folder, cores) as turn:
                        found.rows.append(await turn.run(program, tick))
                except AbsentError as error:
                    found.remarks.append(str(error))
    on_progress(1, "")
    return found


def _tick(on_progress: OnProgress, number: int, of: int, server: str, share: float, text: str) -> None:
    on_progress((number + share) / of, f"{server}: {text}")


@asynccontextmanager
async def _turn(
    settings: SlowSettings, name: str, origin_url: str, folder: Path, cores: Cores
) -> AsyncIterator[_Turn]:
    site = Site(origin_url, folder, _CAPACITY_BYTES, None, cores.server)
    async with SERVERS[name](site) as server:
        turn = _Turn(settings, name, server, folder, cores.load)
        try:
            yield turn
        finally:
            turn.readers.close()


class _Turn:
    """One server's."""

    def __init__(
        self, settings: SlowSettings, name: str, server: Server, folder: Path, core: int | None
    ) -> None:
        self._settings, self._name, self._server = settings, name, server
        self._log, self._core = folder / "h2load.log", core
        self._rss_most_bytes = self._kernel_most_bytes = 0
        parts = urlsplit(server.url)
        address = (parts.hostname or "", parts.port or 80)
        path = f"/object/{settings.object_bytes}/{name}-slow"
        self.readers = Readers(settings.readers, address, path, settings.object_bytes)
        self._paths = (path, f"/object/{settings.normal_bytes}/{name}-normal")

    async def run(self, program: str, on_progress: OnProgress) -> SlowRow:
        settings, loop = self._settings, asyncio.get_running_loop()
        for path in self._paths:
            await asyncio.to_thread(_fetch, self._server.url + path)
        on_progress(0, "normal clients alone")
        alone = await self._load(program)
        rss_before_bytes, kernel_before_bytes = self._look()
        on_progress(0.2, "readers come")
        began_s = loop.time()
        reading = asyncio.create_task(self.readers.read(settings.rate))
        watching = asyncio.create_task(self._watch())
        try:
            await self.readers.ask()
            on_progress(0.3, "normal clients beside them")
            beside = await self._load(program)
            while self.readers.reading and (so_far_s := loop.time() - began_s) < settings.patience_s:
                on_progress(0.5 + so_far_s / settings.patience_s / 2, f"{self.readers.reading} still read")
                await asyncio.wait([reading], timeout=1)
        finally:
            reading.cancel()
            watching.cancel()
        ends, cut_off = self.readers.ends(), await asyncio.to_thread(self._cut_off)
        ended_s = [reader.ended_s - began_s for reader in self.readers.all if reader.ended_s]
        self.readers.close()
        await asyncio.sleep(_SETTLED_S)
        return SlowRow(
            server=self._name,
            readers=settings.readers,
            p99_alone_ms=round(alone.p99_ms, 2),
            p99_beside_ms=round(beside.p99_ms, 2),
            errors=alone.errors + beside.errors,
            rss_before_bytes=rss_before_bytes,
            rss_most_bytes=self._rss_most_bytes,
            rss_after_bytes=self._look()[0],
            kernel_before_bytes=kernel_before_bytes,
            kernel_most_bytes=self._kernel_most_bytes,
            ends=dict(ends),
            first_end_s=round(min(ended_s), 1) if ended_s else None,
            last_end_s=round(max(ended_s), 1) if ended_s else None,
            cut_off=cut_off,
        )

    async def _load(self, program: str) -> load.Sample:
        """Normal clients for a while."""
        seconds, rate = self._settings.seconds, self._settings.normal_per_s
        url = self._server.url + self._paths[1]
        text = await output_of(load.h2load_command(program, url, self._log, seconds, rate), self._core)
        with self._log.open() as lines:
            sample = load.parse_h2load(text, lines, 200, seconds)
        self._log.unlink()
        return sample

    async def _watch(self) -> None:
        while True:
            rss_bytes, kernel_bytes = self._look()
            self._rss_most_bytes = max(self._rss_most_bytes, rss_bytes)
            self._kernel_most_bytes = max(self._kernel_most_bytes, kernel_bytes)
            await asyncio.sleep(_LOOK_S)

    def _look(self) -> tuple[int, int]:
        """Memory of the server, and of the kernel for TCP."""
        with suppress(OSError):
            found = _KERNEL.search(Path("/proc/net/sockstat").read_text())
            return resident_bytes(self._server.pid) or 0, int(found[1]) * _PAGE_BYTES if found else 0
        return 0, 0

    def _cut_off(self) -> dict[str, int]:
        if self._name != OURS:
            return {}
        found = _CUT_OFF.findall(_fetch(self._server.url + "/metrics").decode())
        return {why: int(float(number)) for why, number in found}


def _fetch(url: str) -> bytes:
    with urlopen(url) as response:
        body: bytes = response.read()
    return body
