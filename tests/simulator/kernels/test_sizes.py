from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caching.admission import AdaptSize
from caching.admission.sizemodel import tuned
from caching.policies import Lru
from simulator.kernels import sizes
from simulator.kernels.frame import I64, U32
from simulator.kernels.sizes import F64

OBJECTS = 30
INTERVAL = 20


class Statistics(NamedTuple):
    stats: U32
    listed: U32
    registers: I64
    sums: I64
    classes: F64


def empty() -> Statistics:
    registers = np.zeros(16, np.int64)
    sizes.begin(registers, AdaptSize(interval=INTERVAL))
    stats, listed = np.zeros((OBJECTS, sizes.COLUMNS), np.uint32), np.zeros(OBJECTS, np.uint32)
    return Statistics(
        stats, listed, registers, np.zeros((sizes.CLASSES, 3), np.int64), np.zeros((3, sizes.CLASSES))
    )


@settings(max_examples=60, deadline=None)
@given(
    requests=st.lists(st.tuples(st.integers(0, OBJECTS - 1), st.integers(1, 1 << 20)), max_size=150),
    capacity=st.integers(1, 100_000),
)
def test_statistics_and_c_are_those_of_the_live_form(requests: list[tuple[int, int]], capacity: int) -> None:
    live, policy = AdaptSize(interval=INTERVAL), Lru[int](capacity)
    compiled, c_bytes = empty(), 0.0
    for key, size in requests:
        live.requested(key, size)
        sizes.note(compiled.stats, compiled.listed, compiled.registers, np.uint64(key), np.int64(size))
        if live._left <= 0:
            live.admits(key, size, policy)
            c_bytes = sizes.tune(*compiled, c_bytes, np.int64(capacity))
        assert c_bytes == (live.c_bytes or 0.0)
        assert compiled.registers[sizes.LEFT] == live._left
        assert compiled.registers[sizes.BYTES] == live._bytes
    rates = {key: int(rate) for key, rate in enumerate(compiled.stats[:, sizes.RATE]) if rate}
    assert rates == live._rates


@pytest.mark.parametrize("capacity", [1e5, 1e6, 1e7, 1e9])
def test_the_compiled_model_is_the_plain_one(capacity: float) -> None:
    dice = np.random.default_rng(1)
    size, rate, number = (
        dice.lognormal(9, 2, 40),
        dice.lognormal(1, 1, 40),
        np.floor(dice.lognormal(3, 1, 40)) + 1,
    )
    plain = tuned(size.tolist(), rate.tolist(), number.tolist(), capacity, 20.0, 26)
    assert sizes.tuned(size, rate, number, capacity, 20.0, 26) == plain
