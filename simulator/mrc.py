"""Miss-ratio curves of LRU: what each size of cache would have missed, in one pass over a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.kernels.frame import I64, Chunk, Run
from simulator.kernels.lru import LRU
from simulator.stack import Stack
from simulator.traces import Prepared

OnRequests = Callable[[int], None]
"""Called now and then with how many requests are done."""

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """Misses by capacity. The ratios are from 0 to 1, in the order of the capacities."""

    capacities_bytes: I64
    """Ascending."""
    requests: int
    request_bytes: int
    misses: I64
    miss_bytes: I64

    @property
    def miss_ratio(self) -> Reals:
        """By requests."""
        return self.misses / self.requests

    @property
    def byte_miss_ratio(self) -> Reals:
        return self.miss_bytes / self.request_bytes


def capacity_grid(prepared: Prepared, points: int, smallest: float = 0.001) -> I64:
    """Capacities in equal proportions, from a share of the trace's unique bytes up to all of them."""
    unique = prepared.summary.unique_bytes
    grid = np.geomspace(max(unique * smallest, 1), unique, points)
    return np.unique(np.ceil(grid).astype(np.int64))


def lru_curve(
    prepared: Prepared, capacities_bytes: I64, on_requests: OnRequests = lambda done: None
) -> Curve:
    """The exact curve: at each capacity what LRU, fed with the trace, misses to the last request.

    It is exact when no object's size changes (``summary.resized`` is 0). Capacities below the largest object
    can't be read off the stack, since a cache that is too small for an object lets others stay in its place:
    for each of those LRU is replayed, in a pass of its own. Raises ValueError unless the capacities ascend
    from above 0.
    """
    capacities, summary = ascending(capacities_bytes), prepared.summary
    small = int(np.searchsorted(capacities, summary.largest_bytes))
    passes = small + 1
    stack = Stack(capacities[small:])
    for done, chunk in _counted(prepared):
        stack.feed(chunk.ids, chunk.sizes, chunk.objects)
        on_requests(done // passes)
    counts = []
    for number, capacity in enumerate(capacities[:small].tolist(), 1):
        run = Run(LRU, capacity)
        for done, chunk in _counted(prepared):
            run.feed(chunk)
            on_requests((number * summary.requests + done) // passes)
        counts.append(run.counts())
    return Curve(
        capacities,
        summary.requests,
        summary.request_bytes,
        _joined([each.misses for each in counts], summary.requests, stack.tally.hits),
        _joined([each.miss_bytes for each in counts], summary.request_bytes, stack.tally.hit_bytes),
    )


def _joined(replayed: list[int], everything: int, hits: I64) -> I64:
    """The misses of the replays, and behind them those that the stack's hits leave of everything."""
    return np.concatenate([np.array(replayed, np.int64), everything - np.cumsum(hits)])


def _counted(prepared: Prepared) -> Iterator[tuple[int, Chunk]]:
    """The chunks, each with the number of requests up to its end."""
    done = 0
    for chunk in prepared.chunks():
        done += len(chunk.ids)
        yield done, chunk


def ascending(capacities_bytes: I64) -> I64:
    """Raises ValueError unless capacities ascend from above 0."""
    capacities = np.asarray(capacities_bytes, np.int64)
    if not len(capacities) or capacities[0] <= 0 or np.any(np.diff(capacities) <= 0):
        raise ValueError("capacities_bytes: at least one, ascending, above 0")
    return capacities
