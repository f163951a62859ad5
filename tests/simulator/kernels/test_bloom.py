from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from caching.admission.bloom import BITS_PER_KEY, RotatingBloom
from simulator.kernels import bloom
from simulator.kernels.sketch import digest_of


@settings(max_examples=50, deadline=None)
@given(noted=st.lists(st.integers(0, 500), max_size=30), asked=st.integers(0, 500))
def test_the_bits_are_those_of_the_live_form(noted: list[int], asked: int) -> None:
    live, length = RotatingBloom(40), bloom.length(40)
    bits, width = np.zeros(2 * length, np.uint8), np.uint64(40 * BITS_PER_KEY)
    for key in noted:
        digest = np.uint64(digest_of(np.uint64(key)))
        live.seen(int(digest))
        bloom.set_all(bits, np.uint64(length), width, digest)
    assert bytes(bits[length:]) == bytes(live._new)
    assert not bits[:length].any()
    digest = np.uint64(digest_of(np.uint64(asked)))
    assert bloom.is_set(bits, np.uint64(length), width, digest) is live.seen(int(digest))


def test_one_filter_is_cleared_without_the_other() -> None:
    bits = np.full(20, 255, np.uint8)
    bloom.clear(bits, np.uint64(10), np.uint64(20))
    assert bits.tolist() == [255] * 10 + [0] * 10
