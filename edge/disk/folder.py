"""The folder of a disk tier: whose it is, which version of the format, and which files are there.

Only ``objects/``, ``journal`` and ``lock`` below it are ours; whatever else lies there stays as it is.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
from pathlib import Path
from typing import Final

from edge.disk.files import FOLDERS, TEMPORARY, ObjectFiles
from edge.disk.journal import Journal

_log = logging.getLogger(__name__)

_VERSION: Final = b"headwater disk 1\n"
"""Stands in the lock file. A version that reads other files, or another journal, has another number."""


class Folder:
    """A folder that this process holds from ``lock`` to ``unlock``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files = ObjectFiles(path / "objects")
        self.journal = Journal(path / "journal")
        self._lock_fd = -1

    def lock(self) -> None:
        """Make the folder ours, and ready. Raises OSError, which names it, when that can't be."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock_fd = os.open(
                self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
            )
            self._hold()
            self._adopt()
            self.files.make_folders()
        except OSError as error:
            self.unlock()
            raise type(error)(error.errno, f"disk: {self.path}: {error.strerror}") from error

    def unlock(self) -> None:
        if self._lock_fd >= 0:
            os.close(self._lock_fd)
            self._lock_fd = -1

    def _hold(self) -> None:
        try:
            fcntl.flock(self._lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            other = "another process has this folder; each node needs one of its own"
            raise BlockingIOError(error.errno, other) from None

    def _adopt(self) -> None:
        """Start empty if what is there was written by another version."""
        found = os.pread(self._lock_fd, 256, 0)
        if found == _VERSION:
            return
        if found:
            version = found.decode(errors="replace").strip()
            _log.warning(
                "disk: %s: holds %r, not %r: starting empty", self.path, version, _VERSION.decode().strip()
            )
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(self.files.folder)
            self.journal.path.unlink(missing_ok=True)
        # Written last, so that a kill on the way leaves the old one.
        self.files.make_folders()
        os.pwrite(self._lock_fd, _VERSION, 0)
        os.ftruncate(self._lock_fd, len(_VERSION))

    def scan(self) -> set[int]:
        """The serials of the files that are there. What a write left half done is removed. Raises OSError."""
        serials: set[int] = set()
        for number in range(FOLDERS):
            for name in self._names(number):
                serial = _serial_of(name, number)
                if serial is not None:
                    serials.add(serial)
                elif _serial_of(name.removesuffix(TEMPORARY), number) is not None:
                    (self.files.folder / f"{number:02x}" / name).unlink(missing_ok=True)
        return serials

    def serials_in(self, number: int) -> list[int]:
        """Those of one of the folders. Raises OSError."""
        return [serial for name in self._names(number) if (serial := _serial_of(name, number)) is not None]

    def _names(self, number: int) -> list[str]:
        with os.scandir(self.files.folder / f"{number:02x}") as found:
            return [item.name for item in found]


def _serial_of(name: str, folder: int) -> int | None:
    """The serial that a file in a folder is named by; None for a name that is none of ours."""
    try:
        serial = int(name, 16)
    except ValueError:
        return None
    return serial if f"{serial:x}" == name and serial % FOLDERS == folder else None
