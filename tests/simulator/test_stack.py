"""The compiled stack agrees with a plain list, also when its slots are squeezed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.stack import Stack

CAPACITIES = np.array([1, 4, 9, 10, 25, 60, 1000], np.int64)


def plainly(requests: list[tuple[int, int]], scale: int = 1) -> tuple[list[int], list[int]]:
    """Hits and bytes hit by the smallest capacity that has them, by a list with the youngest last."""
    stack: list[tuple[int, int]] = []
    hits, hit_bytes = [0] * len(CAPACITIES), [0] * len(CAPACITIES)
    for key, size in requests:
        keys = [other for other, _ in stack]
        if key in keys:
            place = keys.index(key)
            needed = scale * sum(other for _, other in stack[place + 1 :]) + size
            enough = [k for k, capacity in enumerate(CAPACITIES) if capacity >= needed]
            if enough:
                hits[enough[0]] += 1
                hit_bytes[enough[0]] += size
            del stack[place]
        stack.append((key, size))
    return hits, hit_bytes


REQUESTS = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), max_size=80)


@settings(max_examples=80, deadline=None)
@given(REQUESTS, st.integers(0, 80), st.sampled_from([1, 3]))
def test_needs_are_those_of_a_list(requests: list[tuple[int, int]], cut: int, scale: int) -> None:
    stack = Stack(CAPACITIES, float(scale))
    for part in (requests[:cut], requests[cut:]):
        ids = np.array([key for key, _ in part], np.uint32)
        stack.feed(ids, np.array([size for _, size in part], np.uint32), int(ids.max(initial=0)) + 1)
    hits, hit_bytes = plainly(requests, scale)
    assert stack.tally.hits.tolist() == hits
    assert stack.tally.hit_bytes.tolist() == hit_bytes


@pytest.mark.parametrize("objects", [3, 700])
def test_squeezing_the_slots_changes_nothing(objects: int) -> None:
    rng = np.random.default_rng(5)
    ids = rng.integers(0, objects, 6000, np.uint32)
    sizes = (ids % 7 + 1).astype(np.uint32)
    stack = Stack(CAPACITIES)
    for start in range(0, 6000, 250):
        part = slice(start, start + 250)
        stack.feed(ids[part], sizes[part], objects)
    hits, hit_bytes = plainly(list(zip(ids.tolist(), sizes.tolist(), strict=True)))
    assert stack.tally.hits.tolist() == hits
    assert stack.tally.hit_bytes.tolist() == hit_bytes
