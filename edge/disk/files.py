"""The files of objects: one for each body, named by its serial, with all that is known of it.

A file is a head (who it is, how long its body is, two checksums), the metadata, and the body. It is written
under another name and appears by rename. Metadata that came later stands behind the body, so that a refresh
moves no body; the head is never written again. What is read has passed its checksum, or LostError is raised.

Everything here blocks, and is called from threads that may.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from typing import Final, NamedTuple

from caching.reasons import Lost
from edge.disk.losses import LostError
from edge.disk.metadata import Mark, MetadataError, decode_block, encode_block

FOLDERS: Final = 256
"""A folder with a hundred thousand names is slow on some file systems."""
TEMPORARY: Final = ".tmp"
PAGE_BYTES: Final = 4096

_MAGIC: Final = b"HWbody1\n"
_HEAD: Final = Struct("<8sQQII")
"""Magic, serial, bytes of the body, its CRC-32, bytes of the metadata; then comes the CRC-32 of it all."""
_CRC_BYTES: Final = 4
_LATER: Final = Struct("<4sII")
"""Magic, bytes of the metadata, their CRC-32."""
_LATER_MAGIC: Final = b"HWmd"
# Also warms what zlib.crc32 reads without letting go of the interpreter: bodies of up to 5 KiB.
_FIRST_READ_BYTES: Final = 2 * PAGE_BYTES


def occupied_bytes(body_bytes: int) -> int:
    """What a body takes up on disk: whole pages, and one more for head, metadata and journal."""
    return (-(-body_bytes // PAGE_BYTES) + 1) * PAGE_BYTES


class Head(NamedTuple):
    """What a file says of itself."""

    mark: Mark
    """How far the log had been applied when the metadata was written."""
    metadata: bytes
    """The encoded entry."""
    start: int
    """Where the body begins."""
    body_bytes: int
    body_crc: int

    @property
    def end(self) -> int:
        """Where the body ends."""
        return self.start + self.body_bytes


class ObjectFiles:
    """The files below a folder of their own, which nobody else writes to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.undead: set[int] = set()
        """Files that should have gone and would not."""
        self._prefixes = [f"{folder}/{number:02x}/" for number in range(FOLDERS)]

    def make_folders(self) -> None:
        """Make those that are missing. Raises OSError."""
        for prefix in ("", *self._prefixes):
            with contextlib.suppress(FileExistsError):
                os.mkdir(prefix or self.folder, 0o700)  # noqa: PTH102 -- a Path would have to be made first

    def path(self, serial: int) -> str:
        return f"{self._prefixes[serial % FOLDERS]}{serial:x}"

    def write(self, serial: int, metadata: bytes, body: bytes | memoryview, mark: Mark) -> None:
        """Have the file appear, whole. Raises OSError, and then nothing is left of it."""
        block, path = encode_block(mark, metadata), self.path(serial)
        head = _HEAD.pack(_MAGIC, serial, len(body), zlib.crc32(body), len(block))
        temporary = path + TEMPORARY
        try:
            fd = os.open(
                temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
            )
            try:
                write_all(fd, head + _crc_of(head, block) + block, body)
            finally:
                os.close(fd)
            os.rename(temporary, path)  # noqa: PTH104
            self.undead.discard(serial)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
            raise

    def refresh(self, serial: int, metadata: bytes, mark: Mark) -> None:
        """Put newer metadata behind the body. Raises OSError, LostError; then the file must be removed."""
        block = encode_block(mark, metadata)
        with opened(self.path(serial), os.O_RDWR) as fd:
            end = read_head(fd, serial).end
            later = _LATER.pack(_LATER_MAGIC, len(block), zlib.crc32(block)) + block
            os.lseek(fd, end, os.SEEK_SET)
            write_all(fd, later)
            os.ftruncate(fd, end + len(later))

    def remove(self, serial: int) -> None:
        """Remove the file, if it is there. Raises OSError, and then it is among the undead."""
        self.undead.add(serial)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path(serial))  # noqa: PTH108
        self.undead.discard(serial)

    def head(self, serial: int) -> Head:
        """What the file says, with its newest metadata; its body is not looked at.

        Raises LostError, OSError.
        """
        with opened(self.path(serial)) as fd:
            head = read_head(fd, serial)
            later = os.pread(fd, os.fstat(fd).st_size - head.end, head.end)
        if not later:
            return head
        mark, metadata = _decoded(_checked_later(later))
        return head._replace(mark=mark, metadata=metadata)

    def map_body(self, serial: int) -> memoryview:
        """The body as a mapping whose pages are in memory, verified. Raises LostError, OSError.

        The mapping lives for as long as the view or a part of it.
        """
        with opened(self.path(serial)) as fd:
            head = read_head(fd, serial)
            os.posix_fadvise(fd, 0, head.end, os.POSIX_FADV_WILLNEED)
            try:
                body = memoryview(mmap.mmap(fd, head.end, prot=mmap.PROT_READ))[head.start :]
            except ValueError:  # it has become shorter since its head was read
                raise LostError(Lost.TRUNCATED) from None
        # It reads every page, and for all but the smallest lets go of the interpreter meanwhile.
        if zlib.crc32(body) != head.body_crc:
            raise LostError(Lost.CORRUPT)
        return body

    def opened_body(self, serial: int) -> tuple[int, int]:
        """A descriptor to keep, and where in the file the body begins. Raises OSError, LostError."""
        fd = os.open(self.path(serial), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            return fd, read_head(fd, serial).start
        except (OSError, LostError):
            os.close(fd)
            raise


@contextlib.contextmanager
def opened(path: str | Path, flags: int = os.O_RDONLY) -> Iterator[int]:
    """A descriptor of a file that is there. Raises OSError."""
    fd = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)


def read_head(fd: int, serial: int) -> Head:
    """The head of an open file, with the metadata that it was written with. Raises LostError, OSError."""
    data, size_bytes = os.pread(fd, _FIRST_READ_BYTES, 0), os.fstat(fd).st_size
    if len(data) < _HEAD.size + _CRC_BYTES:
        raise LostError(Lost.TRUNCATED)
    magic, named, body_bytes, body_crc, block_bytes = _HEAD.unpack_from(data)
    start = _HEAD.size + _CRC_BYTES + block_bytes
    if start > size_bytes:
        raise LostError(Lost.TRUNCATED)
    if start > len(data):
        data = os.pread(fd, start, 0)
    head, crc, block = (
        data[: _HEAD.size],
        data[_HEAD.size : start - block_bytes],
        data[start - block_bytes : start],
    )
    if magic != _MAGIC or named != serial or crc != _crc_of(head, block):
        raise LostError(Lost.CORRUPT)
    if start + body_bytes > size_bytes:
        raise LostError(Lost.TRUNCATED)
    return Head(*_decoded(block), start, body_bytes, body_crc)


def write_all(fd: int, *pieces: bytes | memoryview) -> None:
    """Write them one after another, however many bytes the system takes at once. Raises OSError."""
    for piece in pieces:
        left = memoryview(piece)
        while left:
            left = left[os.write(fd, left) :]


def _crc_of(head: bytes, block: bytes) -> bytes:
    return zlib.crc32(block, zlib.crc32(head)).to_bytes(_CRC_BYTES, "little")


def _checked_later(later: bytes) -> bytes:
    """The block that stands behind a body. Raises LostError: what it says can't be left out unseen."""
    if len(later) < _LATER.size:
        raise LostError(Lost.TRUNCATED)
    magic, length, crc = _LATER.unpack_from(later)
    block = later[_LATER.size :]
    if magic != _LATER_MAGIC or length != len(block) or crc != zlib.crc32(block):
        raise LostError(Lost.CORRUPT)
    return block


def _decoded(block: bytes) -> tuple[Mark, bytes]:
    try:
        return decode_block(block)
    except MetadataError:
        raise LostError(Lost.CORRUPT) from None
