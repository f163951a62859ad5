"""The disk tier by itself: how fast bodies are written, read back and served, and how long a start takes.

One store over one folder, in one process on one core, without a server around it. What is written stays in
the page cache, as it does on a node that has the memory: so these are the costs of our code and of the
system's calls, and not of the disk under them. Beside each figure stands how late the loop came, at worst, to
what it wanted to do every millisecond meanwhile. ``headwater bench disk`` prints it.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from bench.simulator import OnProgress, pinned
from caching import Entry, Headers
from caching.freshness import Freshness
from edge.disk import DiskStore
from edge.settings import DiskSettings

KIB: Final = 1024
MIB: Final = 1024 * KIB
HIT: Final = "hit"
WITHOUT_JOURNAL: Final = "start without journal"
_AT_ONCE: Final = 64
_QUEUE_BYTES: Final = 32 * MIB
"""Bodies that wait to be written at the same time, and their bytes."""
_READS: Final = 5_000
_MAPPED: Final = 100
"""Of those that were read last: so many fit under any limit of the system."""
_PEEKS: Final = 100_000
_TICK_S: Final = 0.001
_FRESH: Final = Freshness(3_600_000, 60_000, 0, no_cache=False)


class DiskBenchError(RuntimeError):
    """The disk did not do what it was to do; the text is one line."""


@dataclass(frozen=True, slots=True)
class DiskBenchSettings:
    """What is measured. Raises ValueError naming the field that is out of range."""

    objects: int = 100_000
    """For the start, and the drop of all of them."""
    size_bytes: int = 4 * KIB
    """Of each of these."""
    large_objects: int = 200
    """For the rates of large bodies."""
    large_bytes: int = MIB
    rounds: int = 3
    """How often the store is opened, and each body read."""
    folder: Path | None = None
    """Where a folder for the bench is made and removed; None for the system's temporary one."""

    def __post_init__(self) -> None:
        for name in ("objects", "size_bytes", "large_objects", "large_bytes", "rounds"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: at least 1, not {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class DiskRow:
    """One case: the median of its rounds, the least and the most."""

    case: str
    objects: int
    size_bytes: int
    seconds: float
    """To do it with all of them."""
    least_seconds: float
    most_seconds: float
    latest_ms: float | None
    """How late the loop came at worst; None for what the loop does itself, without waiting."""

    @property
    def objects_per_s(self) -> float:
        return self.objects / self.seconds

    @property
    def bytes_per_s(self) -> float:
        return self.objects * self.size_bytes / self.seconds

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {**asdict(self), "objects_per_s": self.objects_per_s, "bytes_per_s": self.bytes_per_s}


class _Objects(NamedTuple):
    """Bodies of one size, by their serials."""

    serials: range
    size_bytes: int

    def entry(self, serial: int) -> Entry:
        """An entry with the fields that a segment of a video usually has."""
        headers = Headers(
            [
                ("content-type", "video/mp4"),
                ("content-length", str(self.size_bytes)),
                ("cache-control", "public, max-age=31536000, immutable"),
                ("etag", f'"{serial:032x}"'),
                ("last-modified", "Thu, 26 Nov 2026 10:00:00 GMT"),
                ("date", f"Thu, 26 Nov 2026 10:{serial // 60 % 60:02}:{serial % 60:02} GMT"),
                ("accept-ranges", "bytes"),
                ("cache-tag", f"asset-{serial // 500}"),
                ("access-control-allow-origin", "*"),
            ]
        )
        return Entry(
            key=f"http://origin.example/assets/{serial // 500}/video/1080p/segment-{serial}.m4s",
            serial=serial,
            status=200,
            headers=headers,
            selection=(),
            freshness=_FRESH,
            initial_age_ms=0,
            response_ms=1_700_000_000_000 + serial,
            size_bytes=self.size_bytes,
            position=serial // 1000,
        )


class _Stopwatch:
    """Seconds of some rounds, and how late the loop came in the worst of them."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.latest_ms = 0.0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """One round, with someone beside it who wants his turn again and again."""
        ticking = asyncio.create_task(self._tick())
        await asyncio.sleep(0)
        began = time.perf_counter()
        yield
        self.seconds.append(time.perf_counter() - began)
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticking

    async def _tick(self) -> None:
        while True:
            due = time.perf_counter() + _TICK_S
            try:
                await asyncio.sleep(_TICK_S)
            finally:
                self.latest_ms = max(self.latest_ms, (time.perf_counter() - due) * 1000)

    def row(self, case: str, objects: int, size_bytes: int) -> DiskRow:
        seconds, latest_ms = self.seconds, None if case == HIT else round(self.latest_ms, 1)
        return DiskRow(case, objects, size_bytes, median(seconds), min(seconds), max(seconds), latest_ms)


def measure(settings: DiskBenchSettings, on_progress: OnProgress) -> list[DiskRow]:
    """The rows. Raises OSError, DiskBenchError."""
    with pinned(), tempfile.TemporaryDirectory(prefix="headwater-bench-", dir=settings.folder) as folder:
        return asyncio.run(_measure(settings, Path(folder), on_progress))


async def _measure(settings: DiskBenchSettings, folder: Path, on_progress: OnProgress) -> list[DiskRow]:
    small = _Objects(range(1, settings.objects + 1), settings.size_bytes)
    above = settings.objects + 1
    large = _Objects(range(above, above + settings.large_objects), settings.large_bytes)
    rows = []
    for number, objects in enumerate((large, small)):
        on_progress(number / 2, f"writing {len(objects.serials):,} bodies")
        async with _opened(folder / str(number)) as store:
            rows.append(await _write(store, objects))
        on_progress(number / 2 + 0.2, "reading")
        rows += await _read(folder / str(number), objects, settings.rounds)
    on_progress(0.8, "starting")
    rows.append(await _start(folder / "1", small, settings.rounds, "start"))
    rows.append(await _start(folder / "1", small, settings.rounds, WITHOUT_JOURNAL))
    on_progress(0.9, "dropping")
    rows.append(await _drop(folder / "1", small))
    on_progress(1, "")
    return rows


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[DiskStore]:
    store = DiskStore(DiskSettings(folder=folder, scrub_bytes_per_s=0), lambda serial, why: None)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def _write(store: DiskStore, objects: _Objects) -> DiskRow:
    """Write them all, a few at once."""
    body, watch = random.Random(1).randbytes(objects.size_bytes), _Stopwatch()
    at_once = max(1, min(_AT_ONCE, _QUEUE_BYTES // objects.size_bytes))
    async with watch.running():
        for first in range(0, len(objects.serials), at_once):
            serials = objects.serials[first : first + at_once]
            for written in [store.write(objects.entry(serial), body) for serial in serials]:
                if not await written:
                    raise DiskBenchError(f"a body was not written: {dict(store.counters.write_failures)}")
    return watch.row("write", len(objects.serials), objects.size_bytes)


async def _read(folder: Path, objects: _Objects, rounds: int) -> list[DiskRow]:
    """Map and verify some of them, one after another; then ask again for what is mapped."""
    read, hit = _Stopwatch(), _Stopwatch()
    some = random.Random(2).sample(objects.serials, min(_READS, len(objects.serials)))
    for _ in range(rounds):
        async with _opened(folder) as store:
            async with read.running():
                for serial in some:
                    if await store.read(serial) is None:
                        raise DiskBenchError(f"a body was lost: {dict(store.counters.lost)}")
            asked = random.Random(3).choices(some[-_MAPPED:], k=_PEEKS)
            async with hit.running():
                for serial in asked:
                    if store.peek(serial) is None:
                        raise DiskBenchError("a body is not mapped any more")
    size_bytes = objects.size_bytes
    return [read.row("open and verify", len(some), size_bytes), hit.row(HIT, _PEEKS, size_bytes)]


async def _start(folder: Path, objects: _Objects, rounds: int, case: str) -> DiskRow:
    """Open the store with all of them in it."""
    watch = _Stopwatch()
    for _ in range(rounds):
        if case == WITHOUT_JOURNAL:
            (folder / "journal").unlink()
        store = DiskStore(DiskSettings(folder=folder, scrub_bytes_per_s=0), lambda serial, why: None)
        async with watch.running():
            found = await store.open()
        await store.close()
        if len(found.kept) != len(objects.serials):
            raise DiskBenchError(f"{len(found.kept)} bodies were found, not {len(objects.serials)}")
    return watch.row(case, len(objects.serials), objects.size_bytes)


async def _drop(folder: Path, objects: _Objects) -> DiskRow:
    """Drop all of them, as a purge does, until the last file is gone."""
    watch = _Stopwatch()
    async with _opened(folder) as store, watch.running():
        for serial in objects.serials:
            store.drop(serial)
        await store.write(objects.entry(objects.serials[0]), bytes(objects.size_bytes))
    return watch.row("drop", len(objects.serials), objects.size_bytes)
