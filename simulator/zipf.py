"""Ranks drawn by the Zipf-Mandelbrot law: rank k (from 1) in proportion to ``1 / (k + shift) ** alpha``.

Rejection-inversion needs no table, so ten billion ranks cost as much memory as ten, and nothing that
the replay wants in the processor's cache. A draw is a function of seed and position (see splitmix).
W. Hoermann and G. Derflinger, "Rejection-inversion to generate variates from monotone discrete
distributions", ACM Transactions on Modeling and Computer Simulation 6 (3), 1996.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from simulator.splitmix import GAMMA, bits_at, mixed, unit


class Law(NamedTuple):
    """The constants of one law, as the compiled draw wants them."""

    ranks: float
    alpha: float
    shift: float
    power: float
    """``1 - alpha``; an alpha within a millionth of 1 counts as 1, whose integral is the logarithm."""
    inverse_power: float
    top: float
    """The integral at the last rank's upper edge."""
    span: float
    """From there to where the first rank begins."""
    sure: float
    """How far below its rank a point may lie and be accepted without another look."""


def zipf(ranks: int, alpha: float = 1.0, shift: float = 0.0) -> Law:
    """The law over so many ranks. Raises ValueError naming what is out of range."""
    if not 1 <= ranks < 2**32:
        raise ValueError(f"objects: a number from 1 to 2**32 - 1, not {ranks}")
    if not 0 <= alpha <= 20:
        raise ValueError(f"alpha: a number from 0 to 20, not {alpha}")
    if not 0 <= shift < math.inf:
        raise ValueError(f"shift: a number not below 0, not {shift}")
    power = 1.0 - alpha if abs(1.0 - alpha) > 1e-6 else 0.0
    bare = Law(float(ranks), alpha, shift, power, 1 / power if power else 0.0, 0.0, 0.0, 0.0)
    top = _integral(bare, ranks + 0.5)
    span = _integral(bare, 1.5) - _weight(bare, 1.0) - top
    sure = 2.0 - _inverse(bare, _integral(bare, 2.5) - _weight(bare, 2.0))
    return bare._replace(top=top, span=span, sure=sure)


@njit(nogil=True, cache=True)
def _weight(law: Law, rank: float) -> float:
    return float((rank + law.shift) ** -law.alpha)


@njit(nogil=True, cache=True)
def _integral(law: Law, x: float) -> float:
    if law.power == 0.0:
        return math.log(x + law.shift)
    return float((x + law.shift) ** law.power - 1.0) * law.inverse_power


@njit(nogil=True, cache=True)
def _inverse(law: Law, area: float) -> float:
    if law.power == 0.0:
        return math.exp(area) - law.shift
    return float((1.0 + area * law.power) ** law.inverse_power) - law.shift


@njit(nogil=True, cache=True)
def draw(law: Law, bits: np.uint64) -> np.uint32:
    """The rank, from 0, that 64 random bits stand for; rejected ones are mixed anew."""
    while True:
        area = law.top + unit(bits) * law.span
        x = _inverse(law, area)
        rank = min(max(np.floor(x + 0.5), 1.0), law.ranks)
        if rank - x <= law.sure or area >= _integral(law, rank + 0.5) - _weight(law, rank):
            return np.uint32(np.int64(rank) - 1)
        bits = mixed(bits + GAMMA)


@njit(nogil=True, cache=True)
def zipf_ids(law: Law, seed: np.uint64, start: int, ids: npt.NDArray[np.uint32]) -> None:
    """Fill ``ids`` with the ranks, from 0, at the positions from ``start`` of a seed's stream."""
    for i in range(ids.size):
        ids[i] = draw(law, bits_at(seed, np.uint64(start) + np.uint64(i)))
