"""Reads what lies on disk again and again, at a pace, to find what has gone bad before it is asked for.

It reads past the page cache where the file system lets it: so it sees what is on the disk, and leaves what
is in memory there.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import mmap
import os
import threading
import zlib
from collections.abc import Callable
from typing import Final

from caching.reasons import Lost
from edge.disk.counters import DiskCounters
from edge.disk.files import FOLDERS, Head, opened, read_head
from edge.disk.folder import Folder
from edge.disk.losses import SCARCE, LostError, why_unread

_PIECE_BYTES: Final = 1024 * 1024
_REST_S: Final = 60.0
"""Between two passes, so that a small folder is not read without end."""
_LEAST_BYTES: Final = 64 * 1024
"""What a file counts for at least: many small ones cost more time than their bytes say."""

OnBad = Callable[[int, Lost], object]


class Scrubber:
    """A thread that reads ``bytes_per_s``. ``on_bad`` is called in it, for each file that is no answer."""

    def __init__(self, folder: Folder, bytes_per_s: int, counters: DiskCounters, on_bad: OnBad) -> None:
        self._folder = folder
        self._bytes_per_s = bytes_per_s
        self._counters = counters
        self._on_bad = on_bad
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="disk-scrubber", daemon=True)
        # Aligned to a page, as reading past the page cache asks for.
        self._buffer = mmap.mmap(-1, _PIECE_BYTES)

    def start(self) -> None:
        if self._bytes_per_s:
            self._thread.start()

    def stop(self) -> None:
        """Return when it has ended; it looks up after each piece."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(_REST_S if self._counters.scrub_passes else 0):
            self.go_through()

    def go_through(self) -> None:
        """Read every file that is there once, or until it is stopped."""
        for number in range(FOLDERS):
            with contextlib.suppress(OSError):
                for serial in self._folder.serials_in(number):
                    if self._stopping.is_set():
                        return
                    self._look_at(serial)
        self._counters.scrub_passes += 1

    def _look_at(self, serial: int) -> None:
        try:
            with opened(self._folder.files.path(serial)) as fd:
                read_bytes = self._check(fd, read_head(fd, serial))
        except LostError as error:
            read_bytes = 0
            self._on_bad(serial, error.why)
        except OSError as error:
            read_bytes = 0
            # One that is gone was dropped since the listing.
            if error.errno != errno.ENOENT and error.errno not in SCARCE:
                self._on_bad(serial, why_unread(error))
        self._counters.scrubbed_files += 1
        self._stopping.wait(pause_s(max(0, _LEAST_BYTES - read_bytes), self._bytes_per_s))

    def _check(self, fd: int, head: Head) -> int:
        """How much was read of a body that is as it should be, or until it was stopped. Raises LostError."""
        _past_the_cache(fd, wanted=True)
        try:
            return self._read(fd, head)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
        _past_the_cache(fd, wanted=False)
        return self._read(fd, head)

    def _read(self, fd: int, head: Head) -> int:
        crc = at = 0
        while at < head.end:
            if self._stopping.is_set():
                return at
            count = os.preadv(fd, [self._buffer], at)
            if not count:
                raise LostError(Lost.TRUNCATED)
            with memoryview(self._buffer) as piece:
                crc = zlib.crc32(piece[max(0, head.start - at) : min(count, head.end - at)], crc)
            at += count
            self._counters.scrubbed_bytes += count
            self._stopping.wait(pause_s(count, self._bytes_per_s))
        if crc != head.body_crc:
            raise LostError(Lost.CORRUPT)
        return at


def pause_s(read_bytes: int, bytes_per_s: int) -> float:
    """How long to rest after so much was read."""
    return read_bytes / bytes_per_s


def _past_the_cache(fd: int, *, wanted: bool) -> None:
    """Have a file read from the disk itself, if its file system can."""
    with contextlib.suppress(OSError):
        fcntl.fcntl(fd, fcntl.F_SETFL, os.O_DIRECT if wanted else 0)
