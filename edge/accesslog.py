"""The access log: one JSON line a request, background refreshes and the fetching of blocks included."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

_log = logging.getLogger(__name__)


class AccessLine(msgspec.Struct, omit_defaults=True):
    """What one line says. Times are milliseconds, sizes bytes."""

    at_ms: int
    node: str
    who: str
    """``client``, ``peer``, ``refresh`` for one that nobody waited for, or ``block`` for one that brings a
    block of an object to whoever wants some of it."""
    client: str
    method: str
    key: str
    status: int
    outcome: str
    reason: str
    bytes: int
    ms: float
    position: int
    not_stored: str | None = None
    evicted: int = 0
    range: str | None = None
    upstream_bytes: int = 0
    """Of the body, as they came from upstream; for a block, all of it."""
    cut_off: str | None = None
    """Why the client did not get the answer to its end."""


class AccessLog:
    """Writes lines as they come; flushed by the node when it is idle for a moment, and at the end.

    A disk that is full costs lines and no request: it is complained about once, until it takes lines again.
    Raises OSError when the file cannot be opened.
    """

    def __init__(self, target: Path | None) -> None:
        self._encode = msgspec.json.Encoder().encode
        self._target = target
        self._ails = False
        self._file: BinaryIO | None = None
        if target is not None:
            self._file = sys.stderr.buffer if str(target) == "-" else target.open("ab")

    @property
    def is_kept(self) -> bool:
        """Whether lines go anywhere."""
        return self._file is not None

    def write(self, line: AccessLine) -> None:
        if self._file is not None:
            self.write_encoded(self.encoded(line))

    def encoded(self, line: AccessLine) -> bytes:
        """A line as it is written."""
        return self._encode(line) + b"\n"

    def write_encoded(self, lines: bytes) -> None:
        """Write lines that are whole."""
        if self._file is not None:
            try:
                self._file.write(lines)
            except OSError as error:
                self._complain(error)

    def flush(self) -> None:
        if self._file is not None:
            try:
                self._file.flush()
                self._ails = False
            except OSError as error:
                self._complain(error)

    def close(self) -> None:
        self.flush()
        if self._file is not None and self._file is not sys.stderr.buffer:
            with suppress(OSError):  # of lines that the flush could not save either
                self._file.close()

    def _complain(self, error: OSError) -> None:
        if not self._ails:
            _log.error("access log %s: %s; lines are being lost", self._target, error)
        self._ails = True
