from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.kernels import belady
from simulator.kernels.belady import BELADY
from simulator.kernels.frame import HIT, Chunk, Run
from simulator.kernels.lru import LRU
from tests.simulator.kernels.future import Held, replayed
from tests.simulator.kernels.sameness import Trace, chunk, compiled, traces


def farthest(held: Held, _: int) -> int:
    """What is asked for last; of the objects never asked for again, the one with the greatest id."""
    return max(held, key=lambda key: (held[key][1], key))


@settings(max_examples=200, deadline=None)
@given(trace=traces())
def test_it_decides_as_belady_does(trace: Trace) -> None:
    assert compiled(Run(BELADY, trace.capacity_bytes), trace) == replayed(trace, farthest)


@settings(max_examples=30, deadline=None)
@given(trace=traces(), seed=st.integers(0, 99))
def test_void_entries_may_be_dropped_at_any_time(trace: Trace, seed: int) -> None:
    dice = np.random.default_rng(seed)
    run, whole = Run(BELADY, trace.capacity_bytes), Run(BELADY, trace.capacity_bytes)
    requests = chunk(trace.requests, 24)
    whole.feed(requests)
    for k in range(len(requests.ids)):
        if dice.random() < 0.3:
            run.registers[belady.LIMIT] = run.registers[belady.ENTRIES]
        part = slice(k, k + 1)
        run.feed(Chunk(requests.ids[part], requests.sizes[part], requests.nexts[part], 24))
    assert run.counts() == whole.counts()


@settings(max_examples=100, deadline=None)
@given(ids=st.lists(st.integers(0, 9), max_size=100), capacity=st.integers(1, 9))
def test_no_policy_misses_less_with_equal_sizes(ids: list[int], capacity: int) -> None:
    requests = chunk([(i, 1) for i in ids], 10)
    best, lru = Run(BELADY, capacity), Run(LRU, capacity)
    best.feed(requests)
    lru.feed(requests)
    assert best.counts().misses <= lru.counts().misses


def test_the_paper_in_one_line() -> None:
    # Asked for are 0 1 2 0 1 3 0 1 2 with room for two and no bypass: 1 goes for 2, then 2 for 1, and so on.
    trace = Trace([(i, 1) for i in (0, 1, 2, 0, 1, 3, 0, 1, 2)], 2, 1000)
    steps = compiled(Run(BELADY, 2), trace)
    assert [key for step in steps for key in step.evicted] == [1, 2, 1, 3, 1]
    assert [k for k, step in enumerate(steps) if step.outcome == HIT] == [3, 6]


def test_a_trace_without_a_future_is_refused() -> None:
    few = np.zeros(3, np.uint32)
    with pytest.raises(ValueError, match="belady: the trace does not say when each object is asked for next"):
        Run(BELADY, 10).feed(Chunk(few, few + np.uint32(1), np.empty(0, np.int64), 1))
