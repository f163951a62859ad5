from functools import partial

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from caching.policies.wtinylfu import WTinyLfu
from simulator.kernels.sketch import digest_of
from simulator.kernels.wtinylfu import WTINYLFU
from tests.simulator.kernels.sameness import Trace, assert_same, traces


def digest(key: int) -> int:
    """The live form hashes ids as the kernel does."""
    return int(digest_of(np.uint64(key)))


live = partial(WTinyLfu[int], digest=digest)


@settings(max_examples=200, deadline=None)
@given(trace=traces(), admit_large=st.booleans(), as_published=st.booleans())
def test_it_decides_as_the_live_form_does(trace: Trace, admit_large: bool, as_published: bool) -> None:
    assert_same(WTINYLFU, live, trace, admit_large=admit_large, as_published=as_published)


@settings(max_examples=100, deadline=None)
@given(
    trace=traces(),
    window_ratio=st.sampled_from([0, 0.1, 0.3, 0.7, 1]),
    sample=st.integers(1, 10),
    admit_large=st.booleans(),
)
def test_options_mean_the_same_to_both(
    trace: Trace, window_ratio: float, sample: int, admit_large: bool
) -> None:
    assert_same(WTINYLFU, live, trace, window_ratio=window_ratio, sample=sample, admit_large=admit_large)
