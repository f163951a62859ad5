"""The access log of our edges: JSON lines, as ``edge/accesslog.py`` writes them.

A log says what was sent, not how large the object is: 304 and HEAD send nothing, a range or a viewer who
left only a part. So the preparation takes the largest answer for the object's size. Requests by other
methods than GET and HEAD, and answers of 400 and above, are no requests for an object and are passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from hashing import digest64
from simulator.traces.blocks import whole_lines
from simulator.traces.errors import Broken, TraceError
from simulator.traces.requests import Requests

ASKERS: Final = ("client", "peer", "refresh")
"""Whom a request may be for."""


class _Line(msgspec.Struct):
    """What we read of a line."""

    at_ms: int
    who: str
    method: str
    key: str
    status: int
    bytes: int


def read_access_log(path: Path, content: Iterable[bytes], who: frozenset[str]) -> Iterator[Requests]:
    """The requests that were for one of ``who``. Raises TraceError naming record and line."""
    decoder, done = msgspec.json.Decoder(_Line), 0
    for text in whole_lines(path, content):
        try:
            lines = decoder.decode_lines(text)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise _fault(path, decoder, text, done) from None
        for place, line in enumerate(lines):
            if not 0 <= line.bytes < 2**32:
                raise _wrong_size(path, line.bytes, done + place + 1)
        done += len(lines)
        yield _requests([line for line in lines if _counts(line, who)])


def _counts(line: _Line, who: frozenset[str]) -> bool:
    return line.who in who and line.status < 400 and line.method in {"GET", "HEAD"}


def _requests(lines: list[_Line]) -> Requests:
    return Requests(
        np.array([digest64(line.key) for line in lines], np.uint64),
        np.array([line.bytes for line in lines], np.uint32),
        np.array([line.at_ms for line in lines], np.int64),
    )


def _wrong_size(path: Path, size_bytes: int, record: int) -> TraceError:
    if size_bytes < 0:
        return TraceError(path, Broken.NEGATIVE_SIZE, f"bytes {size_bytes} is negative", record=record)
    return TraceError(path, Broken.TOO_LARGE, f"bytes {size_bytes} is more than 4294967295", record=record)


def _fault(path: Path, decoder: msgspec.json.Decoder[_Line], text: bytes, done: int) -> TraceError:
    """Find the line at which decoding stopped."""
    for number, line in enumerate(filter(bytes.strip, text.split(b"\n")), done + 1):
        try:
            decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            why = f"is no line of an access log ({error})"
            return TraceError(path, Broken.NOT_A_LOG_LINE, why, record=number)
    raise AssertionError("decoding failed on lines that decode one by one")
