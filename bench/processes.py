"""Programs that a bench runs beside itself: found, configured, started, and ended with their block.

Each lives in a session of its own, so that a Ctrl-C in the terminal reaches only the bench, which ends it in
order. A program that was started with a core stays on it, and so do its children.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

READY_S: Final = 20.0
_PATIENCE_S: Final = 5.0
_LAST_LINES: Final = 3
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


class AbsentError(Exception):
    """A program is not installed."""


class ProgramError(Exception):
    """A program did not come up, or ended ill; the text is one line."""


class Cores(NamedTuple):
    """Who runs where; None leaves it to the system."""

    server: int | None
    load: int | None


def two_cores() -> Cores:
    """One core for the server that is measured, another for all else; none where there aren't two."""
    if not hasattr(os, "sched_setaffinity") or len(allowed := sorted(os.sched_getaffinity(0))) < 2:
        return Cores(None, None)
    return Cores(server=allowed[-1], load=allowed[0])


@contextmanager
def on_core(core: int | None) -> Iterator[None]:
    """Keep this thread, and what it starts, on one core."""
    if core is None:
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def installed(program: str, package: str) -> str:
    """Where a program is, /usr/sbin included, where Debian has servers. Raises AbsentError."""
    found = shutil.which(program, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin")))
    if found is None:
        raise AbsentError(f"{program} is not installed (apt-get install {package}): left out")
    return found


def filled(template: Path, **words: object) -> str:
    """A template with each ``@WORD@`` replaced. Raises ValueError for a word that was not given."""
    text = template.read_text()
    for word, value in words.items():
        text = text.replace(f"@{word}@", str(value))
    for line in text.splitlines():
        if "@" in line.partition("#")[0]:
            raise ValueError(f"{template.name}: not filled in: {line.strip()}")
    return text


def free_port() -> int:
    """A port of the system's choice; another process might take it before the program does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@asynccontextmanager
async def running(
    command: Sequence[str], log: Path, port: int, core: int | None = None, ready_s: float | None = None
) -> AsyncIterator[int]:
    """A server while the block lasts, once it listens; its pid. Raises ProgramError."""
    with log.open("wb") as output, on_core(core):
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=output, stderr=output, start_new_session=True
        )
    try:
        await _listening(process, Path(command[0]).name, log, port, ready_s or READY_S)
        yield process.pid
    finally:
        await _end(process)


async def _listening(
    process: asyncio.subprocess.Process, name: str, log: Path, port: int, ready_s: float
) -> None:
    try:
        async with asyncio.timeout(ready_s):
            while not await _answers(port):
                if process.returncode is not None:
                    raise ProgramError(f"{name} ended: {last_words(log.read_text(errors='replace'))}")
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise ProgramError(f"{name} does not listen after {ready_s:g} s") from None


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def output_of(command: Sequence[str], core: int | None = None) -> str:
    """What a program prints until it ends, which it does with the block. Raises ProgramError if it fails."""
    with on_core(core):
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    try:
        out, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            await _end(process)
    if process.returncode != 0:
        said = last_words((complaint or out).decode(errors="replace"))
        raise ProgramError(f"{Path(command[0]).name} failed: {said or f'exit code {process.returncode}'}")
    return out.decode(errors="replace")


def last_words(text: str) -> str:
    """The end of what a program said, in one line."""
    return "; ".join(line.strip() for line in text.strip().splitlines()[-_LAST_LINES:])


def cpu_s(pid: int) -> float | None:
    """Processor time that a process and its descendants have used, in seconds; None where nobody tells."""
    stats = dict(_stats())
    family = _family(pid, stats)
    return sum(stats[one].ticks for one in family) / _TICKS_PER_S if family else None


def resident_bytes(pid: int) -> int | None:
    """Memory that a process and its descendants have in RAM; what they share counts for each."""
    stats = dict(_stats())
    family = _family(pid, stats)
    return sum(stats[one].resident_pages for one in family) * _PAGE_BYTES if family else None


class _Stat(NamedTuple):
    """What the system says of a process."""

    parent: int
    ticks: int
    """Of processor time, with those of children that are no more."""
    resident_pages: int


def _family(pid: int, stats: Mapping[int, _Stat]) -> set[int]:
    if pid not in stats:
        return set()
    family = {pid}
    for one in sorted(stats):  # a child is younger than its parent, and so, but for a wrap, is its number
        if stats[one].parent in family:
            family.add(one)
    return family


def _stats() -> Iterator[tuple[int, _Stat]]:
    """For each process, proc(5), ``/proc/pid/stat``: ppid, utime, stime, cutime, cstime, rss."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = path.read_text().rpartition(")")[2].split()
            ticks, pages = sum(map(int, fields[11:15])), int(fields[21])
            yield int(path.parent.name), _Stat(int(fields[1]), ticks, pages)
