"""A trace made ready for replays: read once, its objects numbered, in flat files that are mapped, not loaded.

16 bytes a request in a temporary folder, which goes when the ``with`` block ends, whatever ends it. All
workers of a sweep map the same files. Requests of 0 bytes are left out, as libCacheSim does. A size that
changes between requests is kept as it is: a cache holds the object with the size it was admitted with, and a
miss counts the size of its request (again as libCacheSim). Only where the trace says what was sent, not what
the object is, the largest size, at least 1 byte, counts for all of the object's requests.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from simulator.ahead import ahead
from simulator.kernels.frame import Chunk, pieces
from simulator.traces.blocks import OnRead
from simulator.traces.errors import Broken, TraceError
from simulator.traces.future import write_nexts
from simulator.traces.numbering import Numbering
from simulator.traces.requests import I64, U32
from simulator.traces.trace import Trace

PIECE: Final = 1 << 20
"""Requests handed on at once."""
_NO_FUTURE: Final = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a trace is like. Sizes and counts are of the requests that are replayed."""

    requests: int
    objects: int
    request_bytes: int
    unique_bytes: int
    """The sum of the objects' sizes (first sizes, where they change): what an endless cache would hold."""
    largest_bytes: int
    """The largest object."""
    one_hit_wonders: int
    """Objects asked for once."""
    sizeless: int
    """Requests of 0 bytes, left out."""
    resized: int
    """Requests that give an object another size than the largest it had before."""
    seconds: float
    """From the first request to the last by the trace's own clock; 0 when it has none."""

    @property
    def one_hit_wonder_share(self) -> float:
        """The share of the objects that were asked for once."""
        return self.one_hit_wonders / self.objects


@dataclass(frozen=True, slots=True)
class Prepared:
    """A trace in flat files; small enough to be sent to another process, which maps them anew."""

    folder: Path
    summary: Summary

    @property
    def ids(self) -> U32:
        """Dense object ids in the order of their first request."""
        return _mapped(self.folder / "ids", np.uint32)

    @property
    def sizes(self) -> U32:
        return _mapped(self.folder / "sizes", np.uint32)

    @property
    def times_ms(self) -> I64:
        return _mapped(self.folder / "times", np.int64)

    @property
    def nexts(self) -> I64:
        """For each request the position of its object's next one, once they have been found out."""
        return _mapped(self.folder / "nexts", np.int64)

    def look_ahead(self) -> None:
        """Find out ``nexts``: 8 bytes more a request, and 8 bytes of memory an object meanwhile."""
        write_nexts(self.ids, self.summary.objects, self.folder / "nexts")

    def chunks(self, *, future: bool = False, piece: int = PIECE) -> Iterator[Chunk]:
        """The requests in order; ``nexts`` is empty unless the future is wanted, and known."""
        ids, sizes, nexts = self.ids, self.sizes, self.nexts if future else _NO_FUTURE
        for part in pieces(len(ids), piece):
            yield Chunk(ids[part], sizes[part], nexts[part], self.summary.objects)


@contextmanager
def prepare(
    trace: Trace, scratch: Path | None = None, on_read: OnRead = lambda share: None
) -> Iterator[Prepared]:
    """Read a trace into a folder below ``scratch`` (default: where temporary files go). Raises TraceError."""
    with _folder(trace.path, scratch) as folder:
        numbering = Numbering()
        try:
            sizeless, seconds = _store(trace, folder, numbering, on_read)
        except OSError as error:
            raise _no_room(trace.path, folder.parent, error) from None
        except OverflowError as error:
            raise TraceError(trace.path, Broken.TOO_LARGE, f"has {error}") from None
        if not numbering.objects:
            why = "has no request" if not sizeless else f"has nothing but {sizeless} requests of 0 bytes"
            raise TraceError(trace.path, Broken.EMPTY, why)
        largest = numbering.sizes()
        if trace.partial_sizes:
            _make_whole(folder, np.maximum(largest, 1))
        yield Prepared(folder, _summary(trace, folder, numbering, largest, sizeless, seconds))


@contextmanager
def _folder(path: Path, scratch: Path | None) -> Iterator[Path]:
    try:
        folder = tempfile.TemporaryDirectory(prefix="headwater-trace-", dir=scratch)
    except OSError as error:
        raise _no_room(path, scratch or Path(tempfile.gettempdir()), error) from None
    with folder as name:
        yield Path(name)


def _no_room(path: Path, scratch: Path, error: OSError) -> TraceError:
    return TraceError(path, Broken.NO_ROOM, f"cannot be prepared in {scratch} ({error.strerror})")


def _store(trace: Trace, folder: Path, numbering: Numbering, on_read: OnRead) -> tuple[int, float]:
    """Write the flat files; returns how many requests were left out and the seconds that the trace covers."""
    sizeless, first_ms, last_ms = 0, None, 0
    with (
        (folder / "ids").open("wb") as ids,
        (folder / "sizes").open("wb") as sizes,
        (folder / "times").open("wb") as times,
    ):
        for requests in ahead(trace.requests(on_read)):
            counted = requests if trace.partial_sizes else requests.with_size()
            sizeless += len(requests.keys) - len(counted.keys)
            ids.write(numbering.number(counted.keys, counted.sizes).data)
            sizes.write(counted.sizes.data)
            times.write(counted.times_ms.data)
            if len(counted.keys):
                first_ms = int(counted.times_ms[0]) if first_ms is None else first_ms
                last_ms = int(counted.times_ms[-1])
    return sizeless, max(last_ms - (first_ms or 0), 0) / 1000


def _make_whole(folder: Path, largest: U32) -> None:
    """Give every request the largest size that its object had in the trace."""
    ids = _mapped(folder / "ids", np.uint32)
    with (folder / "sizes").open("wb") as sizes:
        for part in pieces(len(ids), PIECE):
            sizes.write(largest[ids[part]].data)


def _summary(
    trace: Trace, folder: Path, numbering: Numbering, largest: U32, sizeless: int, seconds: float
) -> Summary:
    sizes = _mapped(folder / "sizes", np.uint32)
    whole = trace.partial_sizes
    return Summary(
        requests=len(sizes),
        objects=numbering.objects,
        request_bytes=int(sizes.sum(dtype=np.int64)),
        unique_bytes=int(np.maximum(largest, 1).sum(dtype=np.int64)) if whole else numbering.unique_bytes,
        largest_bytes=int(largest.max()),
        one_hit_wonders=numbering.singles,
        sizeless=sizeless,
        resized=0 if whole else numbering.resized,
        seconds=seconds,
    )


def _mapped(path: Path, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """The file as an array; a change stays in this process, and nobody makes one."""
    return np.asarray(np.memmap(path, dtype, "c"))
