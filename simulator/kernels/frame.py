"""What every compiled policy shares: the arrays it works on, its registers, and how a run is fed.

A kernel is one Numba function holding the whole loop over a piece of a trace. What one request touches lies
in one row of the table, so in one cache line. Rows 0 to 7 stand for no object: they are the sentinels of
circular lists (all zeros, row 0 is an empty list already); the object with id ``i`` has row ``i + 8``. All
state lives in the arrays and registers, so that pieces of any length give the same result, and the log shows
every decision to the test that compares a kernel with the policy's live form.

Inside kernels: index with unsigned integers only (a signed index costs a test for wrapping round on each
access), never mix ``uint64`` and ``int64`` in arithmetic (Numba makes a float of it), and keep registers in
locals from the beginning of the loop to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

FIRST_ROW: Final = 8
"""The row of object 0; rows before it belong to no object."""
FIRST: Final = np.uint64(FIRST_ROW)
"""The same, for kernels."""
PIECE: Final = 1 << 18
"""How many requests a kernel is given at most in one call: what bounds the growth of its queues."""

# The registers that all kernels have, and where a kernel's own begin.
CAPACITY: Final = 0
"""Bytes that may be held."""
USED: Final = 1
"""Bytes that are held."""
MISSES: Final = 2
"""Requests for what was not held, admitted or not."""
MISS_BYTES: Final = 3
REFUSED: Final = 4
"""Misses which were not admitted: larger than the cache, or the admission rule forbade."""
REFUSED_BYTES: Final = 5
EVICTIONS: Final = 6
REMOVED: Final = 7
"""Objects taken out by an invalidation."""
REMOVED_BYTES: Final = 8
OWN: Final = 16
"""A kernel's own registers are this one and those after it."""
REGISTERS: Final = 48

# Outcomes in the log, one for each request.
HIT: Final = 1
ADMITTED: Final = 2
"""A miss; the object was taken in."""
REFUSAL: Final = 3
"""A miss; the object was not taken in."""
REMOVAL: Final = 4
"""An invalidation of what was held."""
ABSENT: Final = 5
"""An invalidation of what was not held."""

U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]


class State(NamedTuple):
    """What a run holds between calls. A kernel says how long each array must be; unused ones are empty."""

    table: U32
    """One row for each object."""
    ring: U32
    """Queues of rows."""
    words: U64
    """Bits, counters, sketches."""
    reals: npt.NDArray[np.float64]
    """Priorities."""


class Chunk(NamedTuple):
    """Some requests of a trace, in order."""

    ids: U32
    """Dense object ids, numbered by first appearance."""
    sizes: U32
    """Bytes of the object; 0 is no request but an invalidation of the object. What is held keeps the size
    with which it came, whatever a later request says."""
    nexts: I64
    """Position in the whole trace of the next request for the object, or a very large number; may be empty
    unless the policy knows the future."""
    objects: int
    """All ids so far are below this."""


class Log(NamedTuple):
    """Every decision. Either all arrays are empty, and nothing is written, or they are long enough."""

    outcomes: npt.NDArray[np.uint8]
    """One for each request of this piece."""
    ends: I64
    """For each request of this piece: how many had been evicted after it, since the beginning of the run."""
    evicted: U32
    """Ids in the order of eviction since the beginning of the run."""


NO_LOG: Final = Log(np.empty(0, np.uint8), np.empty(0, np.int64), np.empty(0, np.uint32))


class Needs(NamedTuple):
    """How long the arrays must be, beside the table."""

    ring: int = 0
    words: int = 0
    reals: int = 0


Replay = Callable[[State, I64, U32, U32, I64, Log], None]
"""``replay(state, registers, ids, sizes, nexts, log)``."""


def nothing(registers: I64, objects: int, requests: int) -> Needs:
    """The needs of a kernel that has all in its table."""
    return Needs()


def plain(state: State, registers: I64) -> None:
    """The beginning of a kernel to which zeros are as good a beginning as any."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """A compiled policy."""

    name: str
    """As ``make_policy`` knows it."""
    columns: int
    """Words of four bytes in a row: a power of two, at most 16, so that a row lies in one cache line."""
    replay: Replay
    needs: Callable[[I64, int, int], Needs] = nothing
    """``needs(registers, objects, requests)``: asked before each piece of so many requests. Arrays grow and
    never shrink; what is in them stays, and what is new is zero."""
    begin: Callable[..., None] = plain
    """``begin(state, registers, **options)``: called once, with the policy's options; the capacity is set."""
    future: bool = False
    """Whether it needs ``nexts``."""


@njit(nogil=True, cache=True)
def count_refusal(registers: I64, size: np.int64) -> None:
    registers[REFUSED] += 1
    registers[REFUSED_BYTES] += size


@njit(nogil=True, cache=True)
def count_removal(registers: I64, size: np.int64) -> None:
    registers[REMOVED] += 1
    registers[REMOVED_BYTES] += size


class Counts(NamedTuple):
    """What a run has come to so far. Requests and their bytes are the feeder's to count."""

    misses: int
    miss_bytes: int
    admitted: int
    admitted_bytes: int
    evictions: int
    evicted_bytes: int
    held: int
    held_bytes: int


def aligned(shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Zeros that begin on a cache line, so that no row of a table lies across two."""
    kind = np.dtype(dtype)
    size_bytes = int(np.prod(shape)) * kind.itemsize
    raw = np.zeros(size_bytes + 64, np.uint8)
    offset = -raw.ctypes.data % 64
    return raw[offset : offset + size_bytes].view(kind).reshape(shape)


def grown(old: npt.NDArray[Any], length: int) -> npt.NDArray[Any]:
    """The array if it is long enough, else a longer one with the old beginning. Growth doubles at least."""
    if length <= len(old):
        return old
    new = aligned((max(length, 2 * len(old)), *old.shape[1:]), old.dtype)
    new[: len(old)] = old
    return new


def fresh(columns: int) -> State:
    return State(
        aligned((FIRST_ROW, columns), np.uint32),
        *(aligned((0,), dtype) for dtype in (np.uint32, np.uint64, np.float64)),
    )


class Run:
    """One kernel at one capacity on its way through a trace."""

    __slots__ = ("kernel", "registers", "state")

    def __init__(self, kernel: Kernel, capacity_bytes: int, **options: object) -> None:
        if capacity_bytes <= 0:
            raise ValueError(f"capacity_bytes: must be greater than 0, not {capacity_bytes}")
        self.kernel = kernel
        self.registers: I64 = np.zeros(REGISTERS, np.int64)
        self.registers[CAPACITY] = capacity_bytes
        self.state = fresh(kernel.columns)
        self._grow(0, 0)
        kernel.begin(self.state, self.registers, **options)

    def _grow(self, objects: int, requests: int) -> None:
        needs = self.kernel.needs(self.registers, objects, requests)
        table, ring, words, reals = self.state
        self.state = State(
            grown(table, FIRST_ROW + objects),
            grown(ring, needs.ring),
            grown(words, needs.words),
            grown(reals, needs.reals),
        )

    def feed(self, chunk: Chunk, log: Log = NO_LOG, piece: int = PIECE) -> None:
        """Replay a chunk, ``piece`` requests at a time; the interpreter's lock is free meanwhile.

        Raises ValueError for a chunk in disorder, before anything of it is replayed: kernels do not look.
        """
        self._check(chunk)
        for part in pieces(len(chunk.ids), piece):
            ids, sizes, nexts = chunk.ids[part], chunk.sizes[part], chunk.nexts[part]
            self._grow(chunk.objects, len(ids))
            entries = Log(log.outcomes[part], log.ends[part], log.evicted)
            self.kernel.replay(self.state, self.registers, ids, sizes, nexts, entries)

    def _check(self, chunk: Chunk) -> None:
        ids, sizes, nexts, objects = chunk
        if self.kernel.future and len(nexts) < len(ids):
            raise ValueError(f"{self.kernel.name}: the trace does not say when each object is asked for next")
        if len(sizes) != len(ids) or len(nexts) not in {0, len(ids)}:
            lengths = f"{len(ids)} ids, {len(sizes)} sizes and {len(nexts)} nexts"
            raise ValueError(f"{self.kernel.name}: {lengths} are no chunk")
        if len(ids) and int(ids.max()) >= objects:
            raise ValueError(f"{self.kernel.name}: id {ids.max()} is not below the {objects} objects")

    def counts(self) -> Counts:
        used, misses, miss_bytes, refused, refused_bytes, evictions, removed, removed_bytes = (
            int(count) for count in self.registers[USED : REMOVED_BYTES + 1]
        )
        admitted, admitted_bytes = misses - refused, miss_bytes - refused_bytes
        held = admitted - evictions - removed
        evicted_bytes = admitted_bytes - used - removed_bytes
        return Counts(misses, miss_bytes, admitted, admitted_bytes, evictions, evicted_bytes, held, used)


def pieces(length: int, piece: int) -> Iterator[slice]:
    """Slices of at most ``piece`` which cover a length."""
    return (slice(start, min(start + piece, length)) for start in range(0, length, piece))
