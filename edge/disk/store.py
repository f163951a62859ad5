"""Bodies on disk, for the loop: nothing here blocks it, and what can't be read is a miss.

A body is written by a thread of its own, which does everything that changes the folder in the order in which
it was told. It is read by mapping its file and verifying it, in one of a few other threads; from then on it
is served from the mapping. What was lost on the way is told to ``on_lost``, in the loop. Which bodies are
kept is decided elsewhere (``caching.tiers``); the node calls this.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from caching import Entry
from caching.reasons import Lost
from edge.disk.counters import DiskCounters
from edge.disk.folder import Folder
from edge.disk.losses import SCARCE, LostError, why_unread
from edge.disk.mappings import Mappings, most_mappings
from edge.disk.metadata import Mark
from edge.disk.recovery import Found, recover
from edge.disk.scrubber import Scrubber
from edge.disk.writer import Apply, Drop, Refresh, Write, Writer
from edge.settings import DiskSettings

_STOP_WITHIN_S: Final = 10.0
"""How long what waits to be written may take at the end."""

OnLost = Callable[[int, Lost], None]


class DiskStore:
    """One folder of bodies, from ``open`` to ``close``; ``settings.folder`` must be set.

    ``on_lost`` is told the serial of each body that is not on disk though it was, or was to be. It may be one
    that was dropped meanwhile. ``on_unmapped`` is told of each whose mapping should go now, to make room.
    """

    def __init__(
        self,
        settings: DiskSettings,
        on_lost: OnLost,
        on_unmapped: Callable[[int], None] = lambda serial: None,
    ) -> None:
        if settings.folder is None:
            raise ValueError("folder: a disk store needs one")
        self.counters = DiskCounters()
        self._settings = settings
        self._on_lost = on_lost
        self._folder = Folder(settings.folder)
        self._mappings = Mappings(most_mappings(settings.mappings), on_unmapped)
        self._mark = Mark()
        self._queued: dict[int, Write] = {}
        self._reading: dict[int, asyncio.Task[memoryview | None]] = {}
        self._readers = ThreadPoolExecutor(settings.readers, "disk-reader")
        self._running: _Running | None = None

    async def open(self) -> Found:
        """What is there from before; from now on bodies can be written. Raises OSError, naming the folder."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._readers, self._recover)
        self._mark = Mark(found.log_id, found.position)
        self.counters.on_found(len(found.kept), found.discarded, found.took_ms)
        writer = Writer(self._folder, loop, self.counters, self._on_done)
        scrubber = Scrubber(
            self._folder,
            self._settings.scrub_bytes_per_s,
            self.counters,
            lambda serial, why: loop.call_soon_threadsafe(self._lose, serial, why),
        )
        self._running = _Running(writer, scrubber)
        writer.start()
        scrubber.start()
        return found

    def _recover(self) -> Found:
        self._folder.lock()
        try:
            return recover(self._folder)
        except OSError:
            self._folder.unlock()
            raise

    def write(self, entry: Entry, body: bytes | memoryview) -> asyncio.Future[bool]:
        """Put a body on disk; whether that went well. Until it has, it is served from memory.

        Raises RuntimeError if the body has not the length that the entry says.
        """
        if entry.size_bytes != len(body):
            raise RuntimeError(f"entry of {entry.key} has {entry.size_bytes} bytes, its body {len(body)}")
        loop = asyncio.get_running_loop()
        job = Write(entry, body, self._mark, loop.create_future())
        if self._running is None or self.counters.queued_bytes + len(body) > self._settings.queue_bytes:
            loop.call_soon(self._decline, job)
            return job.done
        self.counters.queued_bytes += len(body)
        self._queued[entry.serial] = job
        self._running.writer.put(job)
        return job.done

    def peek(self, serial: int) -> memoryview | None:
        """A body that is mapped and verified already, or waits to be written; no waiting, no IO."""
        view = self._mappings.get(serial)
        if view is None and serial in self._queued:
            return memoryview(self._queued[serial].body)
        return view

    async def read(self, serial: int) -> memoryview | None:
        """A body, mapped and verified; None when it is lost, which ``on_lost`` has been told."""
        view = self.peek(serial)
        if view is not None:
            return view
        reading = self._reading.get(serial)
        if reading is None:
            reading = self._reading[serial] = asyncio.create_task(self._read(serial))
        # Others may wait for it too.
        return await asyncio.shield(reading)

    async def _read(self, serial: int) -> memoryview | None:
        this = asyncio.current_task()
        result = await self._mapped(serial)
        # Unless it was dropped meanwhile: who asked before that may have it, if it was still there.
        was_dropped = self._reading.get(serial) is not this
        if not was_dropped:
            del self._reading[serial]
        if isinstance(result, Lost):
            if not was_dropped:
                self._lose(serial, result)
            return None
        self.counters.reads += 1
        self.counters.read_bytes += len(result)
        if not was_dropped:
            self._mappings.put(serial, result)
        return result

    async def _mapped(self, serial: int) -> memoryview | Lost:
        """The body, or why not. When files or mappings are scarce, it is tried again with fewer of ours."""
        loop, map_body = asyncio.get_running_loop(), self._folder.files.map_body
        try:
            try:
                return await loop.run_in_executor(self._readers, map_body, serial)
            except OSError as error:
                if error.errno not in SCARCE:
                    raise
            self._mappings.halve()
            return await loop.run_in_executor(self._readers, map_body, serial)
        except LostError as error:
            return error.why
        except OSError as error:
            return why_unread(error)

    def opened(self, serial: int) -> tuple[int, int]:
        """A descriptor of a mapped body's file, and where in it the body begins. Raises OSError."""
        try:
            return self._folder.files.opened_body(serial)
        except LostError as error:
            raise OSError(error.why.value) from error

    def refresh(self, entry: Entry) -> None:
        """Put newer metadata of a body on disk. If that can't be, the body is lost rather than older."""
        self._put(Refresh(entry, self._mark))

    def drop(self, serial: int) -> None:
        """Remove a body, after all that was asked before. Who reads it now may go on."""
        self.counters.drops += 1
        queued = self._queued.pop(serial, None)
        if queued is not None:
            queued.is_dropped = True
        self._reading.pop(serial, None)
        self._mappings.drop(serial)
        self._put(Drop(serial))

    def applied(self, position: int, log_id: str = "") -> None:
        """Note that an event is applied; a restart goes on there, once all is done that was asked before."""
        self._mark = Mark(log_id, position)
        self._put(Apply(self._mark))

    async def close(self) -> None:
        """Write what waits to be written, for some seconds at most, and let go of the folder."""
        running, self._running = self._running, None
        if running is not None:
            await asyncio.get_running_loop().run_in_executor(self._readers, running.scrubber.stop)
            await running.writer.stop(_STOP_WITHIN_S)
            await asyncio.gather(*self._reading.values(), return_exceptions=True)
            self._folder.journal.close()
            self._folder.unlock()
        self._readers.shutdown()
        self._mappings.clear()

    @property
    def mapped(self) -> int:
        """How many bodies are mapped at this moment."""
        return len(self._mappings)

    def _put(self, job: Refresh | Drop | Apply) -> None:
        if self._running is not None:
            self._running.writer.put(job)

    def _on_done(self, job: Write | Refresh, why: Lost | None) -> None:
        """Enter in the books what became of a write or a refresh."""
        if isinstance(job, Write):
            self._settle(job, why is None)
            if job.is_dropped:
                return
        if why is not None:
            self._unwritten(job.entry.serial, why)
        elif isinstance(job, Refresh):
            self.counters.refreshes += 1
        else:
            self.counters.writes += 1
            self.counters.written_bytes += len(job.body)

    def _settle(self, job: Write, is_written: bool) -> None:
        self.counters.queued_bytes -= len(job.body)
        if self._queued.get(job.entry.serial) is job:
            del self._queued[job.entry.serial]
        if not job.done.done():  # nobody has cancelled it
            job.done.set_result(is_written and not job.is_dropped)

    def _decline(self, job: Write) -> None:
        if not job.done.done():
            job.done.set_result(False)
        self._unwritten(job.entry.serial, Lost.QUEUE_FULL)

    def _unwritten(self, serial: int, why: Lost) -> None:
        self.counters.write_failures[why] += 1
        self._mappings.drop(serial)
        self._on_lost(serial, why)

    def _lose(self, serial: int, why: Lost) -> None:
        self.counters.lost[why] += 1
        self.drop(serial)
        self._on_lost(serial, why)


class _Running(NamedTuple):
    writer: Writer
    scrubber: Scrubber
