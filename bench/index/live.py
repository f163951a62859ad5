"""Hits over HTTP as the index grows: a real edge on one core, wrk on the other, many paths."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import Final

from bench.edge import load
from bench.index.lookups import ORDERS
from bench.index.memory import resident_bytes
from bench.index.objects import path_of
from bench.index.rows import LiveRow
from bench.index.settings import IndexBenchSettings
from bench.processes import Cores, cpu_s, free_port, output_of, running, two_cores

OnProgress = Callable[[float, str], None]
"""Called with the share that is done and what comes next."""

_CONNECTIONS: Final = 64
_LOADED_S: Final = 600.0
"""How long an edge may take to fill its index."""
_PATHS: Final = Template(
    """
math.randomseed($seed)
function request()
  local number = $number
  local rendition, segment = math.floor(number / 600), number % 600
  local path = string.format("/vod/film-%05d/%d/%d.m4s", math.floor(rendition / 6), rendition % 6, segment)
  return wrk.format(nil, path)
end
"""
)
_NUMBERS: Final = {
    "random": "math.random(0, {0} - 1)",
    # By Zipf's law of 1 a rank's logarithm is as likely to be here as there; ranks are scattered.
    "zipf": "math.floor(math.exp(math.random() * math.log({0}))) * 7919 % {0}",
}


def wrk_script(order: str, objects: int, seed: int) -> str:
    """Lua for wrk: another path in each request, as ``objects.path_of`` makes them."""
    number = _NUMBERS[order].format(objects)
    return load.wrk_script(None) + _PATHS.substitute(seed=seed, number=number)


async def measure_live(settings: IndexBenchSettings, on_progress: OnProgress) -> list[LiveRow]:
    """All rows. Raises AbsentError without wrk, ProgramError when an edge does not come up, LoadError."""
    rows: list[LiveRow] = []
    cores, wrk = two_cores(), load.wrk()
    steps = [(policy, size) for policy in settings.policies for size in settings.sizes]
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder:
        for number, (policy, size) in enumerate(steps):
            on_progress(number / len(steps), f"live {policy}, {size:,} objects")
            rows += await _grown(settings, policy, size, Path(folder), cores, wrk)
    on_progress(1, "")
    return rows


async def _grown(
    settings: IndexBenchSettings, policy: str, objects: int, folder: Path, cores: Cores, wrk: str
) -> list[LiveRow]:
    """An edge that begins with so many objects, asked in each order."""
    port, rows = free_port(), []
    command = [sys.executable, "-m", "bench.index.loaded", policy, str(objects), str(port)]
    async with running(command, folder / "edge.log", port, cores.server, _LOADED_S) as pid:
        held_bytes = resident_bytes(pid)
        for order in ORDERS:
            script = folder / f"{order}.lua"
            script.write_text(wrk_script(order, objects, settings.seed))
            url = f"http://127.0.0.1:{port}{path_of(1)}"
            asking = load.wrk_command(wrk, url, script, settings.seconds, _CONNECTIONS, None)
            await output_of(asking, cores.load)  # so that what answers prepare for later ones is prepared
            used_s = cpu_s(pid)
            sample = load.parse_wrk(await output_of(asking, cores.load), 200)
            used_s = None if used_s is None else (cpu_s(pid) or 0) - used_s
            by_cpu = sample.requests / used_s if used_s else None
            p99_ms, errors = sample.p99_ms, sample.errors
            rows.append(
                LiveRow(policy, objects, order, sample.requests_per_s, by_cpu, p99_ms, errors, held_bytes)
            )
    return rows
