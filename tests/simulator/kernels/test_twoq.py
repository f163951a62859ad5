from hypothesis import given, settings
from hypothesis import strategies as st

from caching.policies import TwoQ
from simulator.kernels.twoq import TWOQ
from tests.simulator.kernels.sameness import Trace, assert_same, traces
from tests.simulator.kernels.walks import walks

ratios = st.sampled_from([0, 0.1, 0.25, 0.5, 1])


@settings(max_examples=150, deadline=None)
@given(trace=traces(), admit_large=st.booleans())
def test_it_decides_as_the_live_form_does(trace: Trace, admit_large: bool) -> None:
    assert_same(TWOQ, TwoQ, trace, admit_large=admit_large)


@settings(max_examples=100, deadline=None)
@given(trace=traces(), in_ratio=ratios, out_ratio=ratios)
def test_options_mean_the_same_to_both(trace: Trace, in_ratio: float, out_ratio: float) -> None:
    assert_same(TWOQ, TwoQ, trace, in_ratio=in_ratio, out_ratio=out_ratio, admit_large=True)


def test_it_does_so_on_long_walks() -> None:
    for trace in walks():
        for out_ratio in (0.05, 0.5):
            assert_same(TWOQ, TwoQ, trace, out_ratio=out_ratio, admit_large=True)
