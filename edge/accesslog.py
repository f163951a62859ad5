"""The access log: one JSON line a request, background refreshes included."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

import msgspec


class AccessLine(msgspec.Struct, omit_defaults=True):
    """What one line says. Times are milliseconds, sizes bytes."""

    at_ms: int
    node: str
    who: str
    """``client``, ``peer``, or ``refresh`` for one that nobody waited for."""
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


class AccessLog:
    """Writes lines as they come; flushed by the node when it is idle for a moment, and at the end."""

    def __init__(self, target: Path | None) -> None:
        self._encode = msgspec.json.Encoder().encode
        self._file: BinaryIO | None = None
        if target is not None:
            self._file = sys.stderr.buffer if str(target) == "-" else target.open("ab")

    def write(self, line: AccessLine) -> None:
        if self._file is not None:
            self._file.write(self._encode(line) + b"\n")

    def flush(self) -> None:
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        if self._file is not None and self._file is not sys.stderr.buffer:
            self._file.close()
