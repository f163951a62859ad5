"""Bodies in memory and on disk: does what ``caching.tiers`` decides, and tells the cache what came of it.

A body is written to disk from memory, and held there until it is on disk. One that only the disk has is read
in a thread, which maps and verifies it; from then on it is at hand. What turns out to be lost leaves the
cache, unless memory has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from caching import Cache, Dropped, Entry, Slice
from caching.index import OnDropped
from caching.reasons import Lost
from caching.tiers import Disk, Move, Tiers
from edge.bodies import Body, BodyStore
from edge.disk import DiskCounters, DiskStore, occupied_bytes
from edge.pages import pages_of_file
from edge.settings import EdgeSettings
from eventbus.protocol import Applied

_WHOLE: Final = Slice(0, -1)


class _Mapped(Body):
    """A body on disk, mapped. ``opened`` opens its file, and says where in it the body begins."""

    __slots__ = ("opened",)

    opened: Callable[[], tuple[int, int]]

    def into_pages(self) -> None:
        """It lies in pages of the kernel's, those of its file, which only has to be open."""
        view = self.piece(_WHOLE)
        if self.pages is None and isinstance(view, memoryview):
            self.pages = pages_of_file(self.opened, view)


class TieredBodies(BodyStore):
    """Bodies by serial, wherever they are. The index says what is kept, and where."""

    def __init__(self, settings: EdgeSettings, on_dropped: OnDropped) -> None:
        super().__init__()
        disk = settings.disk
        self._store = DiskStore(disk, self._on_lost, self._on_unmapped)
        below = Disk(
            policy=disk.policy,
            capacity_bytes=disk.capacity_bytes,
            admission=disk.admission,
            max_writing_bytes=disk.queue_bytes,
            occupied_bytes=occupied_bytes,
            on_move=self._on_move,
        )
        self.cache = Cache(settings.cache, on_dropped, below)
        """Its index knows what is in either tier."""
        self._on_disk: dict[int, Entry] = {}
        """What is on disk, or on its way there."""
        self._writing: dict[int, asyncio.Future[bool]] = {}
        self._released: set[int] = set()
        """What memory has let go of and is held until it is written."""
        self._applied: Applied | None = None

    @property
    def tiers(self) -> Tiers:
        """How much is in either tier."""
        assert self.cache.index.tiers is not None  # it was made with a disk
        return self.cache.index.tiers

    @property
    def counters(self) -> DiskCounters:
        return self._store.counters

    @property
    def mapped(self) -> int:
        """How many bodies on disk are mapped."""
        return self._store.mapped

    async def start(self) -> None:
        """Enter what is on disk from before. Raises OSError, naming the folder, if that cannot be used."""
        found = await self._store.open()
        if found.log_id:
            self._applied = Applied(found.log_id, found.position)
        self.cache.begin_at(found.highest, found.position)
        self._on_disk = {kept.entry.serial: kept.entry for kept in found.kept}
        for kept in found.kept:
            self.cache.index.restore(kept.entry)

    def load(self) -> Applied | None:
        """How far the event log had been applied to what was found; None when nothing can be said."""
        return self._applied

    def save(self, applied: Applied) -> None:
        """Note that the cache has applied an event, once what it did to bodies on disk is done."""
        self._store.applied(applied.position, applied.log_id)

    def get(self, serial: int) -> Body | None:
        body = super().get(serial)
        if body is None and serial in self._on_disk:
            body = self._mapped(serial, self._store.peek(serial))
        return body

    async def fetch(self, serial: int) -> Body | None:
        """The body of that name, read from disk if need be; None if it is lost, and has left the cache."""
        body = self.get(serial)
        if body is None and serial in self._on_disk:
            body = self._mapped(serial, await self._store.read(serial))
        return body

    def _mapped(self, serial: int, view: memoryview | None) -> Body | None:
        if view is None:
            return None
        body = self._dropped[serial] = _Mapped.whole(view)
        body.opened = partial(self._store.opened, serial)
        return body

    def drop(self, serial: int) -> None:
        super().drop(serial)
        if self._on_disk.pop(serial, None) is not None:
            self._forget_write(serial)
            self._store.drop(serial)

    def _on_move(self, entry: Entry, move: Move) -> None:
        serial = entry.serial
        match move:
            case Move.WRITE:
                self._write(entry)
            case Move.RELEASE:
                self._release(serial)
            case Move.ERASE:
                del self._on_disk[serial]
                self._forget_write(serial)
                self._store.drop(serial)
            case Move.REFRESH:
                self._on_disk[serial] = entry
                self._store.refresh(entry)

    def _write(self, entry: Entry) -> None:
        piece = self._kept[entry.serial].piece(_WHOLE)
        assert piece is not None  # what is stored is whole
        self._on_disk[entry.serial] = entry
        writing = self._writing[entry.serial] = self._store.write(entry, piece)
        writing.add_done_callback(partial(self._on_written, entry))

    def _release(self, serial: int) -> None:
        if serial in self._writing:
            self._released.add(serial)
        else:
            super().drop(serial)

    def _on_written(self, entry: Entry, writing: asyncio.Future[bool]) -> None:
        serial = entry.serial
        if self._writing.get(serial) is not writing or not writing.result():
            return  # it was erased, or is lost, which is told by itself
        is_released = serial in self._released
        self._forget_write(serial)
        if is_released:
            super().drop(serial)
        self.cache.index.wrote(entry)

    def _forget_write(self, serial: int) -> None:
        self._writing.pop(serial, None)
        self._released.discard(serial)

    def _on_lost(self, serial: int, why: Lost) -> None:
        entry = self._on_disk.pop(serial, None)
        if entry is None:
            return
        cause = Dropped.UNWRITTEN if serial in self._writing else Dropped.UNREADABLE
        is_released = serial in self._released
        self._forget_write(serial)
        self.cache.index.lost(entry, cause, no_space=why is Lost.NO_SPACE)
        if is_released:
            super().drop(serial)

    def _on_unmapped(self, serial: int) -> None:
        """Whoever remembers a body would keep it mapped."""
        if serial in self._on_disk:
            self.cache.index.changed(self._on_disk[serial])

    async def close(self) -> None:
        """Write what waits to be written, and let go of the folder."""
        await self._store.close()
