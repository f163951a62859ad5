"""SplitMix64: random bits as a function of seed and position.

The n-th number is a hash of ``seed + n * gamma``, so a stream may be entered anywhere and cut into
chunks of any length, on any thread, and is always the same. Also the hash that samples objects and
places them in tables. Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
"""

from __future__ import annotations

import numpy as np
from numba import njit

GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_UNIT = 1.0 / (1 << 53)


@njit(nogil=True, cache=True)
def mixed(value: np.uint64) -> np.uint64:
    """A bijection of 64-bit words under which neighbours have nothing in common."""
    value = (value ^ (value >> np.uint64(30))) * _FIRST
    value = (value ^ (value >> np.uint64(27))) * _SECOND
    return value ^ (value >> np.uint64(31))


@njit(nogil=True, cache=True)
def bits_at(seed: np.uint64, position: np.uint64) -> np.uint64:
    """The 64 random bits at a position of a seed's stream."""
    return mixed(seed + position * GAMMA)


@njit(nogil=True, cache=True)
def unit(bits: np.uint64) -> float:
    """Random bits as a float from 0 up to, and without, 1."""
    return np.float64(bits >> np.uint64(11)) * _UNIT


def stream_seed(seed: int, purpose: int) -> np.uint64:
    """The seed of one of several independent streams that a user's seed stands for."""
    return np.uint64(mixed(mixed(np.uint64(seed % 2**64)) + np.uint64(purpose)))
