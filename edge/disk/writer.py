"""The one thread that changes the folder: it does what it is told, in that order.

Jobs are queued by the loop without waiting, and what became of a write or a refresh is handed back to the
loop. A write is a file and then a record of it; a refresh a record and then the file, so that a crash in
between leaves either the newer state in the journal, or a file that is asked itself.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final, NamedTuple, TypeAlias, assert_never

from caching import Entry
from caching.reasons import Lost
from edge.disk.counters import DiskCounters
from edge.disk.folder import Folder
from edge.disk.losses import LostError, why_unwritten
from edge.disk.metadata import Mark, encode_entry
from edge.disk.records import Kind

_log = logging.getLogger(__name__)


class Write:
    """Put a body on disk. ``done`` is resolved in the loop."""

    __slots__ = ("body", "done", "entry", "is_dropped", "mark")

    def __init__(
        self, entry: Entry, body: bytes | memoryview, mark: Mark, done: asyncio.Future[bool]
    ) -> None:
        self.entry = entry
        self.body = body
        self.mark = mark
        self.done = done
        self.is_dropped = False
        """Whether it need not be done any more."""


class Refresh(NamedTuple):
    """Put newer metadata of a body on disk."""

    entry: Entry
    mark: Mark


class Drop(NamedTuple):
    """Remove a body."""

    serial: int


class Apply(NamedTuple):
    """Note that everything before is done."""

    mark: Mark


class Stop(NamedTuple):
    """Do no more."""


Job: TypeAlias = Write | Refresh | Drop | Apply | Stop
OnDone: TypeAlias = Callable[[Write | Refresh, "Lost | None"], None]
"""Called in the loop with what became of it: None when it is on disk."""

_STOP: Final = Stop()


class Writer:
    """The thread, from ``start`` to ``stop``."""

    def __init__(
        self, folder: Folder, loop: asyncio.AbstractEventLoop, counters: DiskCounters, on_done: OnDone
    ) -> None:
        self._folder = folder
        self._loop = loop
        self._counters = counters
        self._on_done = on_done
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._is_abandoned = False
        self._ended = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="disk-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, job: Job) -> None:
        """Do it after all that was put before."""
        self._jobs.put(job)

    async def stop(self, patience_s: float) -> None:
        """Do what was put, as far as that takes no longer than this; leave the rest undone."""
        self._jobs.put(_STOP)
        try:
            await asyncio.wait_for(self._ended.wait(), patience_s)
        except TimeoutError:
            self._is_abandoned = True
            await self._ended.wait()
        self._thread.join()

    def _run(self) -> None:
        while not isinstance(job := self._jobs.get(), Stop):
            if not self._is_abandoned:
                self._do_surely(job)
            elif isinstance(job, Write | Refresh):
                self._tell(job, Lost.QUEUE_FULL)
        self._loop.call_soon_threadsafe(self._ended.set)

    def _do_surely(self, job: Write | Refresh | Drop | Apply) -> None:
        """Do it; a mistake of ours in one job must not end the thread that all others wait for."""
        try:
            self._do(job)
        except Exception:
            _log.exception("disk: %r failed", job)
            if isinstance(job, Write | Refresh):
                self._drop(job.entry.serial)
                self._tell(job, Lost.UNWRITABLE)

    def _do(self, job: Write | Refresh | Drop | Apply) -> None:
        match job:
            case Write():
                self._tell(job, None if job.is_dropped else self._write(job))
            case Refresh():
                self._tell(job, self._refresh(job))
            case Drop():
                self._drop(job.serial)
            case Apply():
                self._note(Kind.APPLIED, job.mark.position, job.mark.log_id.encode())
            case _:
                assert_never(job)
        self._folder.journal.compact(self._folder.files.undead)

    def _tell(self, job: Write | Refresh, why: Lost | None) -> None:
        self._loop.call_soon_threadsafe(self._on_done, job, why)

    def _write(self, job: Write) -> Lost | None:
        serial, metadata = job.entry.serial, encode_entry(job.entry)
        try:
            self._folder.files.write(serial, metadata, job.body, job.mark)
        except OSError as error:
            return _said(serial, error)
        self._note(Kind.KEPT, serial, metadata)
        return None

    def _refresh(self, job: Refresh) -> Lost | None:
        serial, metadata = job.entry.serial, encode_entry(job.entry)
        try:
            self._folder.journal.append(Kind.KEPT, serial, metadata)
            self._folder.files.refresh(serial, metadata, job.mark)
        except (OSError, LostError) as error:
            # What is there is older than what holds, and might be fresh where that isn't.
            self._drop(serial)
            return error.why if isinstance(error, LostError) else _said(serial, error)
        return None

    def _drop(self, serial: int) -> None:
        self._note(Kind.DROPPED, serial)
        try:
            self._folder.files.remove(serial)
        except OSError as error:
            self._counters.remove_failures += 1
            _said(serial, error)

    def _note(self, kind: Kind, number: int, payload: bytes = b"") -> None:
        """Tell the journal, if it will hear: what it does not know, the files are asked at the next start."""
        try:
            self._folder.journal.append(kind, number, payload)
        except OSError as error:
            _said(number, error)


def _said(number: int, error: OSError) -> Lost:
    _log.debug("disk: %d: %s", number, error)
    return why_unwritten(error)
