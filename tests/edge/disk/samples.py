"""Entries and bodies for the tests of the disk tier, and a folder of them."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from caching import Entry, Headers
from caching.freshness import Freshness
from caching.reasons import Lost
from edge.disk import DiskStore, Found
from edge.settings import DiskSettings

FRESH = Freshness(3_600_000, 60_000, 0, no_cache=False)


def entry_of(serial: int, size_bytes: int, key: str = "") -> Entry:
    """An entry as a segment of a video would have it."""
    headers = Headers(
        [
            ("content-type", "video/mp4"),
            ("cache-control", "max-age=3600"),
            ("content-length", str(size_bytes)),
            ("etag", f'"{serial:x}"'),
            ("date", "Thu, 26 Nov 2026 10:00:00 GMT"),
        ]
    )
    return Entry(
        key=key or f"http://origin.example/asset/segment-{serial}.m4s",
        serial=serial,
        status=200,
        headers=headers,
        selection=(("accept-encoding", None),),
        freshness=FRESH,
        initial_age_ms=0,
        response_ms=1_700_000_000_000 + serial,
        size_bytes=size_bytes,
        position=serial,
    )


def body_of(serial: int, size_bytes: int = 10_000) -> bytes:
    """The body of a serial, of no other one."""
    return random.Random(serial).randbytes(size_bytes)


def softly(entry: Entry, now_ms: int = 1_700_000_500_000) -> Entry:
    """The entry as it is after a soft purge."""
    return replace(entry, soft_purged_ms=now_ms)


class Disk:
    """A store that is open, with what was found and what was lost."""

    def __init__(self, store: DiskStore, found: Found, lost: list[tuple[int, Lost]]) -> None:
        self.store = store
        self.found = found
        self.lost = lost

    @property
    def entries(self) -> dict[int, Entry]:
        """What was found, by serial."""
        return {kept.entry.serial: kept.entry for kept in self.found.kept}

    async def write(self, *serials: int, size_bytes: int = 10_000) -> list[bool]:
        """Write bodies; whether each went well."""
        written = [
            self.store.write(entry_of(serial, size_bytes), body_of(serial, size_bytes)) for serial in serials
        ]
        return [await one for one in written]

    async def holds(self, *serials: int, size_bytes: int = 10_000) -> bool:
        """Whether each of the bodies is read as it was written."""
        views = [await self.store.read(serial) for serial in serials]
        return views == [body_of(serial, size_bytes) for serial in serials]


@asynccontextmanager
async def opened(folder: Path, **options: int) -> AsyncIterator[Disk]:
    """A store over a folder; without a scrubber unless it is asked for."""
    lost: list[tuple[int, Lost]] = []
    settings = replace(DiskSettings(folder=folder, scrub_bytes_per_s=0), **options)  # type: ignore[arg-type]
    store = DiskStore(settings, lambda serial, why: lost.append((serial, why)))
    found = await store.open()
    try:
        yield Disk(store, found, lost)
    finally:
        await store.close()


def file_of(folder: Path, serial: int) -> Path:
    """Where the file of a body is."""
    return folder / "objects" / f"{serial % 256:02x}" / f"{serial:x}"


def leftovers(folder: Path) -> list[Path]:
    """Temporary files, of which there should be none."""
    return sorted(folder.rglob("*.tmp"))
