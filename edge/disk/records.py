"""Records of the journal: their bytes, and what a row of them comes to.

Each has its own checksum; reading ends at the first that is not whole, so that any beginning of a journal is
a journal that says less.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Container, Iterable, Iterator
from enum import IntEnum
from mmap import mmap
from struct import Struct
from typing import Final, NamedTuple, TypeAlias

from edge.disk.metadata import Mark

MAGIC: Final = b"HWjrnl1\n"
_FRAME: Final = Struct("<IIBQ")
"""Bytes of the payload, CRC-32 of what follows, kind, number; then comes the payload."""
_CHECKED_FROM: Final = 8
SLACK_BYTES: Final = 4 * 1024 * 1024
YIELD_EVERY: Final = 256


Data: TypeAlias = bytes | mmap


class Kind(IntEnum):
    """What a record says; the numbers stand in files."""

    KEPT = 1
    """The body ``number`` is kept; its entry, newer than any before, is the payload."""
    DROPPED = 2
    """The body ``number`` is not kept any more."""
    APPLIED = 3
    """All effects of the event ``number`` are in the records before; the payload names the log."""
    NAMED = 4
    """Serials up to ``number`` have been used."""


class Record(NamedTuple):
    """One record, and where it stands."""

    kind: int
    number: int
    start: int
    end: int


def frame(kind: Kind, number: int, payload: bytes = b"") -> bytes:
    """A record as it stands in the file."""
    checked = _FRAME.pack(0, 0, kind, number)[_CHECKED_FROM:] + payload
    return _FRAME.pack(len(payload), zlib.crc32(checked), kind, number) + payload


def records_of(data: Data) -> Iterator[Record]:
    """The records up to the first that is not whole."""
    view, start, unpack, crc32 = memoryview(data), len(MAGIC), _FRAME.unpack_from, zlib.crc32
    if data[:start] != MAGIC:
        return
    while start + _FRAME.size <= len(data):
        length, crc, kind, number = unpack(data, start)
        end = start + _FRAME.size + length
        if end > len(data) or crc32(view[start + _CHECKED_FROM : end]) != crc:
            return
        yield Record(kind, number, start, end)
        start = end


class Contents:
    """What a journal comes to when all its records have been read."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self._view = memoryview(data)
        self.kept: dict[int, Record] = {}
        """The newest metadata of each body, in the order in which they were first written."""
        self.dropped: set[int] = set()
        self.mark = Mark()
        self.newest_serial = 0
        self.whole_bytes = 0
        """Up to the end of the last whole record; 0 when it is no journal."""

    @classmethod
    def of(cls, data: Data, *, patiently: bool = False) -> Contents:
        """Read ``data``; ``patiently`` lets other threads have their turn again and again."""
        contents = cls(data)
        contents.whole_bytes = len(MAGIC) if data[: len(MAGIC)] == MAGIC else 0
        for number, record in enumerate(records_of(data)):
            contents._add(record)
            if patiently and number % YIELD_EVERY == 0:
                time.sleep(0)
        return contents

    def payload(self, record: Record) -> memoryview:
        return self._view[record.start + _FRAME.size : record.end]

    def _add(self, record: Record) -> None:
        kind, number = record.kind, record.number
        self.whole_bytes = record.end
        if kind == Kind.APPLIED:
            self.mark = Mark(bytes(self.payload(record)).decode(errors="replace"), number)
            return
        self.newest_serial = max(self.newest_serial, number)
        if kind == Kind.KEPT:
            self.kept[number] = record
            self.dropped.discard(number)
        elif kind == Kind.DROPPED:
            self.kept.pop(number, None)
            self.dropped.add(number)

    def forget_all_but(self, serials: Container[int]) -> None:
        """Forget the bodies that are not there."""
        self.kept = {serial: record for serial, record in self.kept.items() if serial in serials}

    @property
    def is_wasteful(self) -> bool:
        """Whether most of it says nothing that still holds, or the end of it can't be read."""
        kept_bytes = sum(record.end - record.start for record in self.kept.values())
        return len(self.data) != self.whole_bytes or self.whole_bytes > 2 * kept_bytes + SLACK_BYTES

    def frames(self, undead: Iterable[int] = ()) -> Iterator[bytes]:
        """Records that say the same with nothing said in vain; ``undead`` are files that could not go."""
        yield frame(Kind.APPLIED, self.mark.position, self.mark.log_id.encode())
        yield frame(Kind.NAMED, self.newest_serial)
        for serial in undead:
            yield frame(Kind.DROPPED, serial)
        for record in self.kept.values():
            yield self.data[record.start : record.end]
