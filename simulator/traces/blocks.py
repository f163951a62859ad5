"""The bytes of a file in order, decompressed when it is zstd: what all readers stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

import zstandard

from simulator.traces.errors import Broken, TraceError

MAGIC: Final = b"\x28\xb5\x2f\xfd"
"""How a zstd frame begins (RFC 8878, section 3.1.1)."""
PLAIN_BYTES: Final = 6 << 20
"""Read at once; a multiple of 24, the length of an oracleGeneral record."""
PACKED_BYTES: Final = 32 << 10
"""Given to the decompressor at once: what comes out may be many thousand times longer."""

LONGEST_LINE_BYTES: Final = 16 << 20

OnRead = Callable[[float], None]
"""Called with the share of the file that has been read, from 0 to 1."""


def blocks(path: Path, on_read: OnRead = lambda share: None) -> Iterator[bytes]:
    """The content piece by piece. A name in .zst demands zstd, zstd content is enough without it.

    Raises TraceError: unreadable, wrong magic, corrupt, truncated.
    """
    try:
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
            packed = head == MAGIC
            if path.suffix == ".zst" and not packed:
                raise TraceError(path, Broken.WRONG_MAGIC, "does not begin with the magic number of zstd")
            raw = _raw(path, file, head, PACKED_BYTES if packed else PLAIN_BYTES, on_read)
            yield from _unpacked(path, raw) if packed else raw
    except OSError as error:
        raise TraceError(path, Broken.UNREADABLE, f"cannot be read ({error.strerror})") from None


def whole_lines(path: Path, content: Iterable[bytes]) -> Iterator[bytes]:
    """The content again, in pieces that end where a line ends; the last line is ended if it was not."""
    rest = b""
    for block in content:
        end = block.rfind(b"\n") + 1
        if end:
            yield rest + block[:end]
            rest = block[end:]
        else:
            rest += block
            if len(rest) > LONGEST_LINE_BYTES:
                raise TraceError(path, Broken.NO_TEXT, "has a line of more than 16 MiB: this is no text")
    if rest:
        yield rest + b"\n"


def _raw(path: Path, file: BinaryIO, head: bytes, size_bytes: int, on_read: OnRead) -> Iterator[bytes]:
    """All that can be read: never from the beginning again, since it may be a pipe."""
    total, read = max(path.stat().st_size, 1), 0
    block = head + file.read(size_bytes - len(head))
    while block:
        read += len(block)
        on_read(min(read / total, 1.0))
        yield block
        block = file.read(size_bytes)


def _unpacked(path: Path, raw: Iterator[bytes]) -> Iterator[bytes]:
    """Frame after frame: a file may be several, one behind the other."""
    frame = zstandard.ZstdDecompressor().decompressobj()
    for block in raw:
        rest = block
        while rest:
            if frame.eof:
                frame = zstandard.ZstdDecompressor().decompressobj()
            try:
                content = frame.decompress(rest)
            except zstandard.ZstdError as error:
                raise TraceError(path, Broken.CORRUPT, f"is not valid zstd ({_reason(error)})") from None
            if content:
                yield content
            rest = frame.unused_data if frame.eof else b""
    if not frame.eof:
        raise TraceError(path, Broken.TRUNCATED, "ends in the middle of a zstd frame")


def _reason(error: zstandard.ZstdError) -> str:
    return str(error).removeprefix("zstd decompressor error: ").lower()
