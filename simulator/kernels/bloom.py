"""The rotating Bloom filter of ``caching.admission.bloom``, compiled: the same bits for the same digests.

The bytes hold two filters of equal length; which of them is the younger changes with each rotation.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from caching.admission.bloom import BITS_PER_KEY, HASHES
from simulator.kernels.compiled import compiled
from simulator.kernels.sketch import U8

LOW: Final = np.uint64(0xFFFFFFFF)
HALF: Final = np.uint64(32)
ONE: Final = np.uint64(1)
EIGHTH: Final = np.uint64(3)
IN_BYTE: Final = np.uint64(7)


def length(keys: int) -> int:
    """The bytes of one of the two filters."""
    return BITS_PER_KEY * keys + 7 >> 3


@compiled
def is_set(bits: U8, offset: np.uint64, width: np.uint64, digest: np.uint64) -> bool:
    """Whether all bits of a digest are set, in the filter that begins at an offset."""
    place, step = digest & LOW, (digest >> HALF) | ONE
    for _ in range(HASHES):
        bit = (place * width) >> HALF
        if not (np.uint64(bits[offset + (bit >> EIGHTH)]) >> (bit & IN_BYTE)) & ONE:
            return False
        place = (place + step) & LOW
    return True


@compiled
def set_all(bits: U8, offset: np.uint64, width: np.uint64, digest: np.uint64) -> None:
    place, step = digest & LOW, (digest >> HALF) | ONE
    for _ in range(HASHES):
        bit = (place * width) >> HALF
        bits[offset + (bit >> EIGHTH)] |= np.uint8(ONE << (bit & IN_BYTE))
        place = (place + step) & LOW


@compiled
def clear(bits: U8, offset: np.uint64, until: np.uint64) -> None:
    for k in range(offset, until):
        bits[np.uint64(k)] = 0
