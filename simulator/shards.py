"""Miss-ratio curves of LRU from a small sample of the objects, with their error: SHARDS.

An object is in the sample when a hash of it is below a threshold, so all its requests are, and distances in
the sample are those of the trace times the rate. What the sample has too many or too few of requests, mostly
those for the few most popular objects, is put right as hits of the smallest capacity (SHARDS-adj).

Eight disjoint samples of the same rate are taken in the same pass: their mean is the curve, their scatter
tells its error. Waldspurger, Park, Garthwaite and Ahmad, "Efficient MRC construction with SHARDS", FAST 2015;
the error by disjoint samples is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from numba import njit

from simulator.kernels.frame import I64, U32
from simulator.mrc import OnRequests, Reals, ascending
from simulator.splitmix import mixed, stream_seed
from simulator.stack import Stack
from simulator.traces import Prepared
from simulator.traces.numbering import Numbering

GROUPS: Final = 8
T_95: Final = 2.365
"""Student's t for 95 % and 7 degrees of freedom."""


@dataclass(frozen=True, slots=True)
class SampledCurve:
    """Estimated ratios from 0 to 1 by capacity, each with the half-width of its 95 % confidence interval."""

    capacities_bytes: I64
    rate: float
    """The share of the objects in each sample."""
    sampled_objects: int
    """In all samples together."""
    miss_ratio: Reals
    miss_ratio_error: Reals
    byte_miss_ratio: Reals
    byte_miss_ratio_error: Reals


def sampled_lru_curve(
    prepared: Prepared,
    capacities_bytes: I64,
    rate: float,
    seed: int = 1,
    on_requests: OnRequests = lambda done: None,
) -> SampledCurve:
    """The curve from eight samples which each have a share ``rate`` of the objects, up to 1/8.

    Raises ValueError for a rate out of range, and unless the capacities ascend from above 0.
    """
    if not 0 < rate <= 1 / GROUPS:
        raise ValueError(
            f"rate: above 0 and up to 1/{GROUPS} of the objects in each of {GROUPS} samples, not {rate}"
        )
    capacities, stream, summary = ascending(capacities_bytes), stream_seed(seed, 0), prepared.summary
    samples, done = [_Sample(capacities, rate) for _ in range(GROUPS)], 0
    for chunk in prepared.chunks():
        groups = np.empty(len(chunk.ids), np.uint8)
        _assign(chunk.ids, stream, rate, groups)
        for number, sample in enumerate(samples):
            chosen = groups == number
            sample.feed(chunk.ids[chosen], chunk.sizes[chosen])
        done += len(chunk.ids)
        on_requests(done)
    ratios = np.array([sample.miss_ratio(summary.requests) for sample in samples])
    byte_ratios = np.array([sample.byte_miss_ratio(summary.request_bytes) for sample in samples])
    return SampledCurve(
        capacities,
        rate,
        sum(sample.numbering.objects for sample in samples),
        *_mean_and_error(ratios),
        *_mean_and_error(byte_ratios),
    )


class _Sample:
    """One sample on its way through the trace."""

    def __init__(self, capacities: I64, rate: float) -> None:
        self.numbering = Numbering()
        self._rate = rate
        self._stack = Stack(capacities, 1 / rate)
        self._requests = 0
        self._request_bytes = 0

    def feed(self, ids: U32, sizes: U32) -> None:
        numbers = self.numbering.number(ids.astype(np.uint64), sizes)
        self._stack.feed(numbers, sizes, self.numbering.objects)
        self._requests += len(ids)
        self._request_bytes += int(sizes.sum(dtype=np.int64))

    def miss_ratio(self, all_requests: int) -> Reals:
        return _adjusted(self._stack.tally.hits, self._requests, all_requests * self._rate)

    def byte_miss_ratio(self, all_bytes: int) -> Reals:
        return _adjusted(self._stack.tally.hit_bytes, self._request_bytes, all_bytes * self._rate)


def _adjusted(hits: I64, sampled: int, expected: float) -> Reals:
    """Misses of what was to be expected, the difference to what was sampled taken for hits."""
    return np.clip(1 - (np.cumsum(hits) + expected - sampled) / expected, 0.0, 1.0)


def _mean_and_error(ratios: Reals) -> tuple[Reals, Reals]:
    return ratios.mean(axis=0), T_95 * ratios.std(axis=0, ddof=1) / GROUPS**0.5


@njit(nogil=True, cache=True)
def _assign(ids: U32, seed: np.uint64, rate: float, groups: npt.NDArray[np.uint8]) -> None:
    """The sample that each object is in; a number from GROUPS on for none."""
    for n in range(len(ids)):
        share = (mixed(np.uint64(ids[n]) ^ seed) >> np.uint64(11)) * 2.0**-53
        groups[n] = np.uint8(min(share / rate, 255.0))
