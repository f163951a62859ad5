"""AdaptSize, compiled: the statistics of ``caching.admission.adaptsize`` by row, and its very model.

Columns: requests in this interval, rate in thousandths, size, 1 for what is counted; the rows that are, are
listed beside. All sums are of integers, so their order makes no difference.
"""

from __future__ import annotations

from collections.abc import Callable
from math import frexp
from typing import Final

import numpy as np
import numpy.typing as npt

from caching.admission.adaptsize import ENOUGH, FIRST, FORGOTTEN, ONE, AdaptSize
from caching.admission.sizemodel import tuned as plain_tuned
from simulator.kernels.compiled import compiled
from simulator.kernels.frame import I64, U32

F64 = npt.NDArray[np.float64]

COUNT, RATE, SIZE, LISTED = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(3)
COLUMNS: Final = 4
SPAN: Final = 33
"""The bits that a number of 32 bits may have."""
CLASSES: Final = SPAN * SPAN

LEFT: Final = 1
"""Register: requests until the next tuning."""
INTERVAL: Final = 2
BYTES: Final = 3
"""Register: the sizes of what is counted, together."""
HORIZON: Final = 7
LENGTH: Final = 8
"""Register: the length of this interval."""
LISTS: Final = 4
"""Register: how many rows are listed."""

tuned: Callable[[F64, F64, F64, float, float, int], float] = compiled(plain_tuned)  # type: ignore[assignment]


def begin(registers: I64, rule: AdaptSize) -> None:
    """The options are those of the live form."""
    registers[INTERVAL], registers[HORIZON] = rule.interval, rule.horizon
    registers[LEFT] = registers[LENGTH] = min(FIRST, rule.interval)


@compiled
def bit_length(value: np.int64) -> int:
    _, bits = frexp(float(value))
    return bits


@compiled
def note(stats: U32, listed: U32, registers: I64, row: np.uint64, size: np.int64) -> None:
    """An object was asked for."""
    registers[LEFT] -= 1
    if not stats[row, LISTED]:
        stats[row, LISTED] = 1
        listed[np.uint64(registers[LISTS])] = row
        registers[LISTS] += 1
    stats[row, COUNT] += np.uint32(1)
    registers[BYTES] += size - np.int64(stats[row, SIZE])
    stats[row, SIZE] = size


@compiled
def merge(stats: U32, listed: U32, registers: I64) -> None:
    """End an interval: let the past count for 0.3, and forget what is hardly asked for."""
    kept = np.uint64(0)
    for k in range(registers[LISTS]):
        row = np.uint64(listed[np.uint64(k)])
        former, count = np.int64(stats[row, RATE]), np.int64(stats[row, COUNT])
        rate = former * 3 // 10 + count * (7 * ONE // 10 if former else ONE)
        stats[row, COUNT] = 0
        if rate < FORGOTTEN:
            registers[BYTES] -= np.int64(stats[row, SIZE])
            stats[row, RATE] = stats[row, SIZE] = stats[row, LISTED] = 0
        else:
            stats[row, RATE] = rate
            listed[kept] = row
            kept += np.uint64(1)
    registers[LISTS] = np.int64(kept)


@compiled
def classify(stats: U32, listed: U32, registers: I64, sums: I64, classes: F64) -> tuple[int, np.int64]:
    """Fill in sizes, rates and numbers of the classes; how many there are, and the largest size."""
    sums[:] = 0
    largest = np.int64(0)
    for k in range(registers[LISTS]):
        row = np.uint64(listed[np.uint64(k)])
        size, rate = np.int64(stats[row, SIZE]), np.int64(stats[row, RATE])
        group = np.uint64(bit_length(size) * SPAN + bit_length(rate))
        sums[group, np.uint64(0)] += size
        sums[group, np.uint64(1)] += rate
        sums[group, np.uint64(2)] += 1
        largest = max(largest, size)
    found = 0
    for place in range(CLASSES):
        number = sums[place, 2]
        if number:
            classes[0, found], classes[1, found] = sums[place, 0] / number, sums[place, 1] / number / ONE
            classes[2, found] = number
            found += 1
    return found, largest


@compiled
def tune(
    stats: U32, listed: U32, registers: I64, sums: I64, classes: F64, former: float, capacity: np.int64
) -> float:
    """The new c, when objects of enough bytes were asked for; else the former one."""
    if registers[BYTES] <= ENOUGH * capacity:
        registers[LEFT] = min(FIRST, registers[INTERVAL])
        return former
    registers[LEFT] = registers[LENGTH] = min(2 * registers[LENGTH], registers[INTERVAL])
    merge(stats, listed, registers)
    if not registers[LISTS]:
        return former
    found, largest = classify(stats, listed, registers, sums, classes)
    octaves = bit_length(largest) + 4
    numbers, horizon = classes[2, :found], float(registers[HORIZON])
    return tuned(classes[0, :found], classes[1, :found], numbers, float(capacity), horizon, octaves)
