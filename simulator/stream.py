"""Requests replayed as they are drawn: a trace of any length, of which no more than a few pieces exist.

One thread draws the next pieces while another replays the last; what is held is the policy's table. This is
how a day of a large service fits in a process: ``headwater simulate day``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.ahead import ahead
from simulator.kernels.frame import CAPACITY, PIECE, Chunk, Kernel, Run
from simulator.kernels.table import KERNELS
from simulator.synthetic import Kind, Sizes, drawn

_NO_FUTURE: Final = np.empty(0, np.int64)

OnRequests = Callable[[int], None]
"""Called after every piece with how many requests are done."""


@dataclass(frozen=True, slots=True)
class Day:
    """What is asked for. Raises ValueError naming what is out of range."""

    kind: Kind
    sizes: Sizes
    requests: int
    seed: int = 1

    def __post_init__(self) -> None:
        if self.requests < 1:
            raise ValueError(f"requests: at least 1, not {self.requests}")
        self.kind.universe(self.requests)

    @property
    def objects(self) -> int:
        """How many there are to ask for."""
        return self.kind.universe(self.requests)

    def unique_bytes(self) -> int:
        """The bytes of all objects there are, whether or not somebody asks for them."""
        return sum(int(sizes.sum(dtype=np.int64)) for sizes in self._sizes_of_all())

    def _sizes_of_all(self) -> Iterator[np.ndarray[tuple[int], np.dtype[np.uint32]]]:
        for start in range(0, self.objects, PIECE):
            ids = np.arange(start, min(start + PIECE, self.objects), dtype=np.uint32)
            out = np.empty_like(ids)
            self.sizes.of(ids, self.seed, out)
            yield out


@dataclass(frozen=True, slots=True)
class DayRow:
    """What a policy made of a day; sums are in bytes."""

    policy: str
    admission: str
    capacity_bytes: int
    requests: int
    misses: int
    request_bytes: int
    miss_bytes: int
    requests_per_s: float
    """Drawn and replayed; compilation not included."""
    seconds: float
    miss_ratio: float
    byte_miss_ratio: float
    evictions: int
    written_bytes: int


def streamed(policy: str) -> Kernel:
    """The policy of that name. Raises ValueError for an unknown one, or one that knows the future."""
    kernel = KERNELS.get(policy)
    if kernel is None or kernel.future:
        known = ", ".join(name for name, kernel in KERNELS.items() if not kernel.future)
        raise ValueError(f"policy: {policy!r} is not one of {known}")
    return kernel


def replay_day(
    day: Day, policy: str, capacity_bytes: int, on_requests: OnRequests = lambda done: None
) -> DayRow:
    """Draw the day and replay it. Raises ValueError as ``streamed`` does."""
    kernel = streamed(policy)
    _compile(day, kernel)
    run, began, request_bytes, done = Run(kernel, capacity_bytes), time.perf_counter(), 0, 0
    for ids, sizes in ahead(drawn(day.kind, day.sizes, day.requests, seed=day.seed, piece=PIECE)):
        run.feed(Chunk(ids, sizes, _NO_FUTURE, day.objects))
        request_bytes += int(sizes.sum(dtype=np.int64))
        done += len(ids)
        on_requests(done)
    return _row(policy, day, run, request_bytes, time.perf_counter() - began)


def _compile(day: Day, kernel: Kernel) -> None:
    """Use all that is compiled once, on a single request."""
    for ids, sizes in drawn(day.kind, day.sizes, 1, seed=day.seed):
        Run(kernel, 1).feed(Chunk(np.zeros_like(ids), sizes, _NO_FUTURE, 1))


def _row(policy: str, day: Day, run: Run, request_bytes: int, seconds: float) -> DayRow:
    counts = run.counts()
    return DayRow(
        policy=policy,
        admission="all",
        capacity_bytes=int(run.registers[CAPACITY]),
        requests=day.requests,
        misses=counts.misses,
        request_bytes=request_bytes,
        miss_bytes=counts.miss_bytes,
        requests_per_s=day.requests / seconds,
        seconds=seconds,
        miss_ratio=counts.misses / day.requests,
        byte_miss_ratio=counts.miss_bytes / request_bytes,
        evictions=counts.evictions,
        written_bytes=counts.admitted_bytes,
    )
