"""The embedded durable log: one append-only file which says what happened, in order.

The first line names the format and the log's identity; every further line is `crc32 json`, a `Record` each,
so that `tail` and `jq` can read it. A record is on disk (fsync) before `append` returns and before any
reader sees it, so a record that was ever acknowledged or pushed survives a kill and a power cut. What a
crash leaves behind the last whole record was never acknowledged: opening cuts it off and says so
(`torn_bytes`). Damage anywhere else is refused, because skipping a purge would let a stale object live. One
process holds the file at a time (flock). The hub calls this; `append` may run in another thread than
`read`.
"""

import fcntl
import os
import re
import secrets
import zlib
from array import array
from enum import StrEnum
from pathlib import Path

from eventbus.events import Event, EventError, Record, decode, decoder_for, encode, excerpt

_MAGIC = b"headwater-log 1 "
_HEADER = re.compile(_MAGIC + rb"([0-9a-f]{16})\n")
_HEADER_BYTES = len(_MAGIC) + 17
_SECTOR_BYTES = 512
_records = decoder_for(Record)


class LogTrouble(StrEnum):
    """Why a log can't be used."""

    UNREADABLE = "unreadable"
    """The file can't be opened, isn't an event log, or holds an event of a newer version."""
    IN_USE = "in_use"
    """Another process holds the log."""
    CORRUPT = "corrupt"
    """A record is damaged: restore the file from a copy, or delete it (the edges then start over)."""
    BROKEN = "broken"
    """The disk refused a record. The log goes on once it takes writes again, unless even undoing failed."""


class LogError(Exception):
    """The log can't be opened, read or written; `reason` says why, the text names file and record."""

    def __init__(self, reason: LogTrouble, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class EventLog:
    """An append-only log in the file `path`, created when absent.

    `identity` is drawn when the file is made: a subscriber that knows positions of another identity must
    start over. `torn_bytes` is what opening cut off (0 after a clean stop). Raises `LogError`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._broken = False
        self._fd = _open(path)
        try:
            self.identity, self._ends, self.torn_bytes = _recover(self._fd, path)
        except BaseException:
            os.close(self._fd)
            raise

    @property
    def newest(self) -> int:
        """The position of the last record; 0 when there is none."""
        return len(self._ends) - 1

    def append(self, event: Event, at_ms: int) -> Record:
        """Put `event` at the next position, durably; raises `LogError`, and then leaves nothing behind."""
        if self._broken:
            raise LogError(
                LogTrouble.BROKEN, f"{self.path} is closed, or an earlier write couldn't be undone"
            )
        record = Record(position=self.newest + 1, at_ms=at_ms, event=event)
        line = _line(record)
        try:
            _write(self._fd, line, self._ends[-1])
        except OSError as error:
            self._broken = not _undo(self._fd, self._ends[-1])
            raise LogError(
                LogTrouble.BROKEN, f"{self.path}: can't write record {record.position}: {error}"
            ) from error
        self._ends.append(self._ends[-1] + len(line))
        return record

    def read(self, after: int, limit: int) -> list[Record]:
        """Up to `limit` records behind position `after`; raises `LogError` when the disk garbled one."""
        first, last = max(after, 0), min(max(after, 0) + limit, self.newest)
        if first >= last:
            return []
        data = os.pread(self._fd, self._ends[last] - self._ends[first], self._ends[first])
        lines = data.splitlines(keepends=True)
        if len(lines) != last - first:
            raise LogError(LogTrouble.CORRUPT, f"{self.path}: records {first + 1} to {last} changed on disk")
        return [_parse(line, first + n, self.path) for n, line in enumerate(lines, start=1)]

    def close(self) -> None:
        """Let go of the file; every record is on disk already."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd, self._broken = -1, True


def _open(path: Path) -> int:
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise LogError(LogTrouble.UNREADABLE, f"{path}: can't open the event log: {error.strerror}") from None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise LogError(
            LogTrouble.IN_USE, f"{path}: another process holds this event log; stop it first"
        ) from None
    return fd


def _recover(fd: int, path: Path) -> tuple[str, "array[int]", int]:
    """Identity, where each record ends (index 0: the header), and how much torn tail was cut off."""
    with open(fd, "rb", closefd=False) as file:
        header = file.readline()
        if b"\n" not in header and len(header) < _HEADER_BYTES and _MAGIC.startswith(header[: len(_MAGIC)]):
            return _create(fd, path), array("Q", [_HEADER_BYTES]), 0
        born = _HEADER.fullmatch(header)
        if born is None:
            raise LogError(
                LogTrouble.UNREADABLE, f"{path}: not an event log; it begins with {excerpt(header)}"
            )
        ends = array("Q", [len(header)])
        for line in file:
            if _is_torn(line, ends[-1]) and not file.read(1):
                break
            _parse(line, len(ends), path)
            ends.append(ends[-1] + len(line))
    torn_bytes = os.fstat(fd).st_size - ends[-1]
    if torn_bytes:
        os.ftruncate(fd, ends[-1])
        os.fsync(fd)
    return born[1].decode(), ends, torn_bytes


def _create(fd: int, path: Path) -> str:
    """Begin an empty log (or one whose birth a crash interrupted: no record can be in it)."""
    identity = secrets.token_hex(8)
    os.ftruncate(fd, 0)
    _write(fd, _MAGIC + identity.encode() + b"\n", 0)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)  # the file's name must be as durable as its content
    finally:
        os.close(folder)
    return identity


def _is_torn(line: bytes, offset: int) -> bool:
    """Whether a crash can have left this last line: cut short, or with a sector that was never written.

    A whole line without such a sector of zeros and with a wrong checksum is damage to a record that was
    acknowledged, and no torn tail.
    """
    sectors = range(-(offset % _SECTOR_BYTES), len(line), _SECTOR_BYTES)
    return not line.endswith(b"\n") or any(
        not any(line[max(start, 0) : start + _SECTOR_BYTES]) for start in sectors
    )


def _line(record: Record) -> bytes:
    payload = encode(record)
    return b"%08x %b\n" % (zlib.crc32(payload), payload)


def _parse(line: bytes, position: int, path: Path) -> Record:
    """The record that must stand at `position`; raises `LogError` naming file and record."""
    where = f"{path}: record {position}"
    checksum, _, payload = line.removesuffix(b"\n").partition(b" ")
    if checksum != b"%08x" % zlib.crc32(payload):
        raise LogError(LogTrouble.CORRUPT, f"{where} fails its checksum: {excerpt(line)}")
    try:
        record: Record = decode(payload, _records)
    except EventError as error:
        raise LogError(LogTrouble.UNREADABLE, f"{where} isn't known to this version: {error}") from None
    if record.position != position:
        raise LogError(LogTrouble.CORRUPT, f"{where} says that it is record {record.position}")
    return record


def _write(fd: int, data: bytes, offset: int) -> None:
    """All of `data` at `offset`, durably."""
    view = memoryview(data)
    while view:
        done = os.pwrite(fd, view, offset)
        view, offset = view[done:], offset + done
    os.fsync(fd)


def _undo(fd: int, size_bytes: int) -> bool:
    """Whether the remains of a failed write are gone, so that the next record can follow the last."""
    try:
        os.ftruncate(fd, size_bytes)
        os.fsync(fd)
    except OSError:
        return False
    return True
