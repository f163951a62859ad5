"""The journal: what the files say, in one place, so that a start need not open each of them.

An append-only file of records: metadata that holds from now on, a body that was dropped, an event whose
effects are all on disk. What a crash has torn off its end is ignored. It is a cache: when it is lost, or
can't be written, the files are read instead. When most of it is about what is gone, it is written anew under
another name, and takes the old one's place by rename.

The writer thread calls this, and recovery before that thread is there.
"""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from edge.disk.files import TEMPORARY, opened, write_all
from edge.disk.records import MAGIC, SLACK_BYTES, YIELD_EVERY, Contents, Kind, frame

_log = logging.getLogger(__name__)

_FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC


class Journal:
    """The file ``path``. When the disk won't have one, nothing is lost but time at the next start."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._temporary = path.with_name(path.name + TEMPORARY)
        self._fd = -1
        self._size_bytes = 0
        self._compact_above_bytes = 0

    def load(self) -> Contents:
        """What it says; nothing when it can't be read. What was left of a new one is removed."""
        try:
            self._temporary.unlink(missing_ok=True)
            return Contents.of(_mapped(self.path))
        except FileNotFoundError:
            return Contents(b"")
        except OSError as error:
            _log.warning("disk: %s: can't be read (%s); reading the files", self.path, error.strerror)
            return Contents(b"")

    def begin(self, contents: Contents) -> None:
        """Go on behind what was loaded, written anew if it should be."""
        try:
            if contents.is_wasteful or not contents.whole_bytes:
                self._rewrite(contents.frames())
            else:
                self._continue(contents.whole_bytes)
        except OSError as error:
            _log.warning("disk: %s: can't be written anew (%s)", self.path, error.strerror)
            self._salvage(contents.whole_bytes)

    def append(self, kind: Kind, number: int, payload: bytes = b"") -> None:
        """Add a record. Raises OSError, and then nothing of it is left."""
        if self._fd < 0:
            return
        data = frame(kind, number, payload)
        try:
            write_all(self._fd, data)
        except OSError:
            self._undo()
            raise
        self._size_bytes += len(data)

    def compact(self, undead: Iterable[int]) -> bool:
        """Write it anew if it has grown to twice what it was; whether it did. Never raises."""
        if self._fd < 0 or self._size_bytes <= self._compact_above_bytes:
            return False
        try:
            self._rewrite(Contents.of(_mapped(self.path), patiently=True).frames(undead))
        except OSError as error:
            _log.warning("disk: %s: can't be written anew (%s)", self.path, error.strerror)
            self._compact_above_bytes = 2 * self._size_bytes
            return False
        return True

    def close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with contextlib.suppress(OSError):  # an error of an earlier write, which the files know better
                os.close(fd)

    def _rewrite(self, frames: Iterable[bytes]) -> None:
        fd = os.open(self._temporary, _FLAGS | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            size_bytes = _write_in_batches(fd, frames)
            self._temporary.replace(self.path)
        except OSError:
            os.close(fd)
            self._temporary.unlink(missing_ok=True)
            raise
        self._take(fd, size_bytes)

    def _continue(self, size_bytes: int) -> None:
        fd = os.open(self.path, _FLAGS)
        self._take(fd, size_bytes)
        os.ftruncate(fd, size_bytes)

    def _take(self, fd: int, size_bytes: int) -> None:
        self.close()
        self._fd, self._size_bytes = fd, size_bytes
        self._compact_above_bytes = 2 * size_bytes + SLACK_BYTES

    def _salvage(self, whole_bytes: int) -> None:
        """Go on with what can be read of the old file, else without."""
        try:
            if whole_bytes:
                self._continue(whole_bytes)
                return
        except OSError:
            pass
        self._give_up()

    def _undo(self) -> None:
        """Take back what was written of a record; the next one must follow the last."""
        try:
            os.ftruncate(self._fd, self._size_bytes)
        except OSError:
            self._give_up()

    def _give_up(self) -> None:
        """Go on without. It must not stay: what it says would hold at the next start."""
        _log.error("disk: %s: given up; the next start reads the files instead", self.path)
        self.close()
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


def _mapped(path: Path) -> mmap.mmap | bytes:
    """The bytes of a file, which may be many, from the page cache. Raises OSError."""
    with opened(path) as fd:
        if not os.fstat(fd).st_size:
            return b""
        return mmap.mmap(fd, 0, prot=mmap.PROT_READ)


def _write_in_batches(fd: int, frames: Iterable[bytes]) -> int:
    """Write a whole journal, in pieces that are worth a call each; its bytes."""
    size_bytes, batch = 0, [MAGIC]
    for piece in frames:
        batch.append(piece)
        if len(batch) == YIELD_EVERY:
            size_bytes += _write_batch(fd, batch)
            batch = []
    return size_bytes + _write_batch(fd, batch)


def _write_batch(fd: int, batch: list[bytes]) -> int:
    data = b"".join(batch)
    write_all(fd, data)
    return len(data)
