from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.kernels.beladysize import BELADYSIZE
from simulator.kernels.frame import ABSENT, ADMITTED, HIT, REFUSAL, REMOVAL, Chunk, Run
from simulator.splitmix import bits_at, stream_seed
from tests.simulator.kernels.sameness import Step, Trace, compiled, nexts, traces

NEVER = 1 << 62


class Plain:
    """Belady-Size written down plainly: a list of id, size and next request; the last one fills a hole."""

    def __init__(self, capacity_bytes: int, samples: int, seed: int, bypass: bool) -> None:
        self.capacity_bytes, self.samples, self.bypass = capacity_bytes, samples, bypass
        self.held: list[tuple[int, int, int]] = []
        self.bits = self._bits(stream_seed(seed, 0))

    def _bits(self, seed: np.uint64) -> Iterator[int]:
        position = 0
        while True:
            yield int(bits_at(seed, np.uint64(position)))
            position += 1

    def index(self, key: int) -> int | None:
        return next((k for k, held in enumerate(self.held) if held[0] == key), None)

    def take_out(self, index: int) -> int:
        key = self.held[index][0]
        self.held[index] = self.held[-1]
        self.held.pop()
        return key

    def costliest(self, now: int) -> int:
        slots = list(range(len(self.held)))
        if len(slots) > self.samples:
            slots = [(next(self.bits) >> 32) * len(slots) >> 32 for _ in range(self.samples)]
        return max(slots, key=lambda slot: self.held[slot][1] * (self.held[slot][2] - now))

    def step(self, key: int, size_bytes: int, now: int, after: int) -> Step:
        index = self.index(key)
        if size_bytes == 0:
            if index is None:
                return Step(ABSENT, [])
            self.take_out(index)
            return Step(REMOVAL, [])
        if index is not None:
            self.held[index] = (key, self.held[index][1], after)
            return Step(HIT, [self.take_out(index)] if after == NEVER else [])
        if size_bytes > self.capacity_bytes or (after == NEVER and self.bypass):
            return Step(REFUSAL, [])
        evicted = []
        while sum(size for _, size, _ in self.held) + size_bytes > self.capacity_bytes:
            evicted.append(self.take_out(self.costliest(now)))
        if after == NEVER:
            return Step(REFUSAL, evicted)
        self.held.append((key, size_bytes, after))
        return Step(ADMITTED, evicted)


@settings(max_examples=200, deadline=None)
@given(
    trace=traces(),
    samples=st.sampled_from([1, 2, 5, 128]),
    seed=st.integers(-1, 2**64),
    bypass=st.booleans(),
)
def test_it_decides_as_the_plain_form_does(trace: Trace, samples: int, seed: int, bypass: bool) -> None:
    plain, after = Plain(trace.capacity_bytes, samples, seed, bypass), nexts(trace.requests)
    expected = [plain.step(*request, now, after[now]) for now, request in enumerate(trace.requests)]
    run = Run(BELADYSIZE, trace.capacity_bytes, samples=samples, seed=seed, bypass=bypass)
    assert compiled(run, trace) == expected


def test_a_large_object_goes_before_one_that_waits_longer() -> None:
    # When 2 comes, 0 is waited for 3 more requests and has 6 bytes, 1 for 4 and has 2.
    trace = Trace([(0, 6), (1, 2), (2, 2), (2, 2), (2, 2), (0, 6), (1, 2)], 8, 1000)
    steps = compiled(Run(BELADYSIZE, 8), trace)
    assert steps[2] == Step(ADMITTED, [0])
    assert steps[4] == Step(HIT, [2]), "what is never asked for again leaves with its last hit"
    assert steps[5] == Step(REFUSAL, []), "and does not come in"


def test_room_is_made_for_what_does_not_come_in() -> None:
    trace = Trace([(0, 6), (1, 6), (0, 6)], 8, 1000)
    assert compiled(Run(BELADYSIZE, 8), trace)[1:] == [Step(REFUSAL, [0]), Step(REFUSAL, [])]
    assert compiled(Run(BELADYSIZE, 8, bypass=True), trace)[1:] == [Step(REFUSAL, []), Step(HIT, [0])]


def test_a_trace_without_a_future_is_refused() -> None:
    few = np.zeros(3, np.uint32)
    with pytest.raises(ValueError, match="beladysize: the trace does not say when"):
        Run(BELADYSIZE, 10).feed(Chunk(few, few + np.uint32(1), np.empty(0, np.int64), 1))


def test_a_number_of_samples_is_positive() -> None:
    with pytest.raises(ValueError, match="samples: must be greater than 0, not 0"):
        Run(BELADYSIZE, 10, samples=0)
