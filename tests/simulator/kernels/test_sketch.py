"""The compiled sketch beside the live one: the same cells after the same calls."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from caching.policies.sketch import FrequencySketch
from simulator.kernels.sketch import count, digest_of, double, estimate, halve

CELLS, HASHES = 32, 4
calls = st.lists(st.one_of(st.integers(0, 40), st.just("halve")), max_size=300)


def test_digests_of_ids_are_spread_over_all_bits() -> None:
    digests = {int(digest_of(np.uint64(n))) for n in range(1000)}
    assert len(digests) == 1000
    assert all(any(digest >> bit & 1 for digest in digests) for bit in range(64))


@settings(max_examples=40)
@given(calls)
def test_it_counts_as_the_live_one_does(made: list[int | str]) -> None:
    live, counters = FrequencySketch(CELLS, HASHES), np.zeros(2 * CELLS, np.uint8)
    for call in made:
        if call == "halve":
            live.halve()
            halve(counters, np.uint64(CELLS))
        else:
            digest = np.uint64(digest_of(np.uint64(call)))
            live.count(int(digest))
            count(counters, np.uint64(CELLS), HASHES, digest)
            assert int(estimate(counters, np.uint64(CELLS), HASHES, digest)) == live.estimate(int(digest))
    live.double()
    double(counters, np.uint64(CELLS))
    for number in range(41):
        digest = np.uint64(digest_of(np.uint64(number)))
        assert int(estimate(counters, np.uint64(2 * CELLS), HASHES, digest)) == live.estimate(int(digest))
