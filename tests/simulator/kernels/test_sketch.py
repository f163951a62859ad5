from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from caching.policies.sketch import FrequencySketch
from simulator.kernels import sketch

steps = st.lists(st.one_of(st.integers(0, 60), st.just("halve"), st.just("double")), max_size=200)


@settings(max_examples=50, deadline=None)
@given(steps=steps, cells=st.integers(1, 200), hashes=st.sampled_from([1, 4, 10]))
def test_the_cells_are_those_of_the_live_form(steps: list[int | str], cells: int, hashes: int) -> None:
    live = FrequencySketch(cells, hashes)
    counters = np.zeros(cells << sum(step == "double" for step in steps), np.uint8)
    for step in steps:
        if step == "halve":
            live.halve()
            sketch.halve(counters, np.uint64(live.cells))
        elif step == "double":
            sketch.double(counters, np.uint64(live.cells))
            live.double()
        else:
            digest = np.uint64(sketch.digest_of(np.uint64(step)))
            live.count(int(digest))
            sketch.count(counters, np.uint64(live.cells), hashes, digest)
            estimate = sketch.estimate(counters, np.uint64(live.cells), hashes, digest)
            assert estimate == live.estimate(int(digest))
    assert counters[: live.cells].tolist() == list(live._counters)


def test_a_counter_stops_at_its_end() -> None:
    counters, digest = np.zeros(64, np.uint8), np.uint64(sketch.digest_of(np.uint64(0)))
    for _ in range(300):
        sketch.count(counters, np.uint64(64), 4, digest)
    assert sketch.estimate(counters, np.uint64(64), 4, digest) == 255


def test_digests_are_spread() -> None:
    digests = {int(sketch.digest_of(np.uint64(n))) for n in range(1000)}
    assert len(digests) == 1000
    assert len({digest >> 54 for digest in digests}) > 500
