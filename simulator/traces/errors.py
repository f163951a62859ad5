"""What can be wrong with a trace. Every fault names the file, the record and the reason, in one line."""

from __future__ import annotations

from enum import Enum
from pathlib import Path


class Broken(Enum):
    """Why a trace cannot be replayed."""

    UNREADABLE = "unreadable"
    """The operating system does not let it be read."""
    UNKNOWN_FORMAT = "unknown_format"
    """Its name does not tell what it is, and nobody said."""
    EMPTY = "empty"
    """There is not one request in it."""
    WRONG_MAGIC = "wrong_magic"
    """It is called .zst and does not begin as zstd does (RFC 8878, section 3.1.1)."""
    CORRUPT = "corrupt"
    """It cannot be decompressed."""
    TRUNCATED = "truncated"
    """It ends in the middle: of a record, or of a compressed frame."""
    ABSENT_COLUMN = "absent_column"
    """A column that was asked for is not there."""
    NOT_A_NUMBER = "not_a_number"
    """There is something else where a number belongs."""
    NEGATIVE_SIZE = "negative_size"
    """An object has fewer than no bytes."""
    TOO_LARGE = "too_large"
    """More than 2**32 - 1 bytes, or more than 2**31 - 1 objects."""
    NO_ROOM = "no_room"
    """The folder for temporary files cannot take it."""
    NO_TEXT = "no_text"
    """A line goes on for megabytes: this is no text."""
    NOT_A_LOG_LINE = "not_a_log_line"
    """A line of an access log is not the JSON object that an edge writes."""


class TraceError(ValueError):
    """A trace that cannot be read; the text is one line with file, record (from 1) and reason."""

    def __init__(self, file: Path, reason: Broken, why: str, *, record: int = 0, line: int = 0) -> None:
        place = f"record {record}: " if record else ""
        if line:
            place = f"record {record} (line {line}): "
        super().__init__(f"{file}: {place}{why}")
        self.file = file
        self.reason = reason
        self.record = record
