"""What is still there after a restart: files and journal brought together.

The listing of the folders says which files there are, the journal what they hold. A record without a file is
forgotten. A file that the journal doesn't know is asked itself; it is believed if it was written after the
last event whose effects are known to be all there, because only then was it never dropped. (A file that was
dropped, and comes back by a power cut, is older than that.)
"""

from __future__ import annotations

import contextlib
import gc
import logging
import time
from collections.abc import Iterator
from typing import NamedTuple

from caching import Entry
from edge.disk.files import ObjectFiles, occupied_bytes
from edge.disk.folder import Folder
from edge.disk.losses import LostError
from edge.disk.metadata import Mark, MetadataError, decode_entry
from edge.disk.records import Contents, Kind

_log = logging.getLogger(__name__)


class Kept(NamedTuple):
    """A body that survived. Its checksum is looked at when it is asked for."""

    entry: Entry
    bytes_on_disk: int


class Found(NamedTuple):
    """What survived."""

    kept: list[Kept]
    """In the order in which they were written, the oldest first."""
    position: int
    """The newest event whose effects are all there; 0 when none is known."""
    log_id: str
    """The event log in which that position is; empty when none is known."""
    highest: int
    """No serial above this one has been used on this disk."""
    discarded: int
    """Files that were removed: corrupt, torn, or of unknown age."""
    took_ms: float


class _Unknown(NamedTuple):
    """A file that the journal doesn't know."""

    mark: Mark
    metadata: bytes
    entry: Entry


def recover(folder: Folder) -> Found:
    """Read what the folder holds, and begin its journal. Raises OSError when it can't be listed."""
    began = time.perf_counter()
    with _without_gc():
        contents, present = folder.journal.load(), folder.scan()
        kept = _known(contents, present)
        asked = present.difference(kept, contents.dropped)
        unknown = list(_asked(folder.files, sorted(asked)))
        if not contents.whole_bytes:
            contents.mark = _common_mark(unknown)
        trusted = [one for one in unknown if _is_behind(contents.mark, one.mark)]
        kept.update((one.entry.serial, one.entry) for one in trusted)
        contents.forget_all_but(kept)
        contents.newest_serial = max(contents.newest_serial, max(present, default=0))
        _begin(folder, contents, trusted, present.difference(kept))
    took_ms = (time.perf_counter() - began) * 1000
    found = Found(
        kept=[Kept(entry, occupied_bytes(entry.size_bytes or 0)) for entry in kept.values()],
        position=contents.mark.position,
        log_id=contents.mark.log_id,
        highest=contents.newest_serial,
        discarded=len(asked) - len(trusted),
        took_ms=took_ms,
    )
    _log.info("disk: %s: %d bodies, %d discarded, %.0f ms", folder.path, len(kept), found.discarded, took_ms)
    return found


def _known(contents: Contents, present: set[int]) -> dict[int, Entry]:
    """The entries that journal and listing agree on."""
    kept: dict[int, Entry] = {}
    for serial, record in contents.kept.items():
        if serial in present:
            try:
                kept[serial] = decode_entry(contents.payload(record))
            except MetadataError:  # the file will be asked
                continue
    return kept


def _asked(files: ObjectFiles, serials: list[int]) -> Iterator[_Unknown]:
    """What the files say themselves, as far as they can be read."""
    for serial in serials:
        with contextlib.suppress(LostError, OSError, MetadataError):
            head = files.head(serial)
            entry = decode_entry(head.metadata)
            if entry.serial == serial and entry.size_bytes == head.body_bytes:
                yield _Unknown(head.mark, head.metadata, entry)


def _common_mark(unknown: list[_Unknown]) -> Mark:
    """Without a journal: the log of the newest file, up to where each of its files has been through it."""
    if not unknown:
        return Mark()
    log_id = max(unknown, key=lambda one: one.entry.serial).mark.log_id
    return Mark(log_id, min(one.mark.position for one in unknown if one.mark.log_id == log_id))


def _is_behind(mark: Mark, other: Mark) -> bool:
    return mark.log_id == other.log_id and mark.position <= other.position


def _begin(folder: Folder, contents: Contents, trusted: list[_Unknown], gone: set[int]) -> None:
    """Begin the journal, tell it of what it did not know, and remove what is not kept."""
    journal, files = folder.journal, folder.files
    journal.begin(contents)
    with contextlib.suppress(OSError):  # then the next start asks the same files again
        journal.append(Kind.NAMED, contents.newest_serial)
        for one in trusted:
            journal.append(Kind.KEPT, one.entry.serial, one.metadata)
    for serial in gone:
        with contextlib.suppress(OSError):
            files.remove(serial)
    with contextlib.suppress(OSError):
        for serial in files.undead:
            journal.append(Kind.DROPPED, serial)


@contextlib.contextmanager
def _without_gc() -> Iterator[None]:
    """Spare the collector what will stay: it would look at all of it again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
