"""Does a kernel take the very decisions of the policy's live form? For the tests of each policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from caching.policies import Policy
from simulator.kernels.frame import (
    ABSENT,
    ADMITTED,
    HIT,
    REFUSAL,
    REMOVAL,
    Chunk,
    Kernel,
    Log,
    Run,
)

OBJECTS = 24


class Trace(NamedTuple):
    """Requests for small objects; size 0 removes one."""

    requests: list[tuple[int, int]]
    """Pairs of id and size in bytes."""
    capacity_bytes: int
    piece: int
    """How many requests the kernel is given at a time."""


class Step(NamedTuple):
    """What one request came to."""

    outcome: int
    evicted: list[int]


@st.composite
def traces(draw: st.DrawFn, most: int = 250) -> Trace:
    """Traces with removals and oversize objects, of skewed popularity, for caches down to a single object."""
    largest = draw(st.sampled_from([1, 1, 3, 12, 40]))
    sizes = draw(st.lists(st.integers(1, largest), min_size=OBJECTS, max_size=OBJECTS))
    total = sum(sizes)
    capacity_bytes = draw(st.one_of(st.integers(1, total), st.integers(1, 12), st.just(sizes[0])))
    few = st.integers(0, max(1, OBJECTS // 6))
    ids = draw(st.lists(st.one_of(few, st.integers(0, OBJECTS - 1)), max_size=most))
    removals = draw(st.sampled_from([0, 0, 3, 10]))
    dice = draw(st.randoms(use_true_random=False))
    wobble = draw(st.sampled_from([0, 0, 5]))
    requests = [(i, 0 if dice.randrange(100) < removals else sizes[i] + dice.randint(0, wobble)) for i in ids]
    return Trace(requests, capacity_bytes, draw(st.sampled_from([1, 7, 64, 1000])))


def live(policy: Policy[int], trace: Trace) -> list[Step]:
    """The trace through the live form, as an obeying caller sees it."""
    return [step(policy, key, size_bytes) for key, size_bytes in trace.requests]


def step(policy: Policy[int], key: int, size_bytes: int) -> Step:
    if size_bytes == 0:
        if key not in policy:
            return Step(ABSENT, [])
        policy.remove(key)
        return Step(REMOVAL, [])
    if key in policy:
        policy.hit(key)
        return Step(HIT, [])
    victims = policy.admit(key, size_bytes)
    if key in victims:
        return Step(REFUSAL, [victim for victim in victims if victim != key])
    return Step(ADMITTED, victims)


def nexts(requests: list[tuple[int, int]]) -> list[int]:
    """For each request the position of the next one for the same object, or a number beyond all."""
    seen: dict[int, int] = {}
    after = []
    for k in reversed(range(len(requests))):
        after.append(seen.get(requests[k][0], 1 << 62))
        seen[requests[k][0]] = k
    return after[::-1]


def chunk(requests: list[tuple[int, int]], objects: int) -> Chunk:
    """The trace in the kernels' form."""
    ids = np.array([i for i, _ in requests], np.uint32)
    sizes = np.array([size for _, size in requests], np.uint32)
    return Chunk(ids, sizes, np.array(nexts(requests), np.int64), objects)


def compiled(run: Run, trace: Trace) -> list[Step]:
    """The trace through the kernel, read back from its log."""
    length = len(trace.requests)
    log = Log(np.zeros(length, np.uint8), np.zeros(length, np.int64), np.zeros(length, np.uint32))
    run.feed(chunk(trace.requests, OBJECTS), log, trace.piece)
    starts = [0, *log.ends.tolist()]
    evicted = log.evicted.tolist()
    return [
        Step(int(outcome), evicted[start:end])
        for outcome, start, end in zip(log.outcomes, starts, starts[1:], strict=False)
    ]


def assert_same(kernel: Kernel, make: Callable[..., Policy[int]], trace: Trace, **options: Any) -> None:
    """Both forms hit, admit, refuse and evict alike, in the same order, and count alike."""
    policy, run = make(trace.capacity_bytes, **options), Run(kernel, trace.capacity_bytes, **options)
    expected, seen = live(policy, trace), compiled(run, trace)
    assert seen == expected
    counts = run.counts()
    sizes = [size for _, size in trace.requests]
    missed = [size for size, step in zip(sizes, expected, strict=True) if step.outcome in {ADMITTED, REFUSAL}]
    assert (counts.misses, counts.miss_bytes) == (len(missed), sum(missed))
    assert (counts.held, counts.held_bytes) == (len(policy), policy.used_bytes)
    assert counts.evictions == sum(len(step.evicted) for step in expected)
