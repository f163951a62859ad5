"""The frequency sketch of ``caching.policies.sketch``, compiled: the same cells for the same digests.

An object's digest is a hash of its dense id. The live form hashes the text of its keys instead: the two agree
on every cell once the live form is told to hash ids, as the tests do.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulator.kernels.compiled import compiled
from simulator.splitmix import GAMMA, bits_at

U8 = npt.NDArray[np.uint8]

MOST = np.uint8(255)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_ONE = np.uint64(1)


@compiled
def digest_of(object_id: np.uint64) -> np.uint64:
    """The digest of an object."""
    return bits_at(GAMMA, object_id)


@compiled
def count(counters: U8, cells: np.uint64, hashes: int, digest: np.uint64) -> None:
    """It was asked for once more. The sketch is the first ``cells`` of the counters."""
    place, step = digest & _LOW, (digest >> _HALF) | _ONE
    for _ in range(hashes):
        cell = (place * cells) >> _HALF
        if counters[cell] < MOST:
            counters[cell] += np.uint8(1)
        place = (place + step) & _LOW


@compiled
def estimate(counters: U8, cells: np.uint64, hashes: int, digest: np.uint64) -> np.uint8:
    """How often it was asked for, about."""
    place, step = digest & _LOW, (digest >> _HALF) | _ONE
    least = MOST
    for _ in range(hashes):
        least = min(least, counters[(place * cells) >> _HALF])
        place = (place + step) & _LOW
    return least


@compiled
def halve(counters: U8, cells: np.uint64) -> None:
    """Let the past count for half."""
    for cell in range(cells):
        counters[cell] >>= np.uint8(1)


@compiled
def double(counters: U8, cells: np.uint64) -> None:
    """Twice as many cells, in place: both halves of a cell begin with its count."""
    for k in range(cells):
        cell = cells - _ONE - np.uint64(k)
        counters[cell + cell + _ONE] = counters[cell]
        counters[cell + cell] = counters[cell]
