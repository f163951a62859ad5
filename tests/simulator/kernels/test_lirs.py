from hypothesis import given, settings
from hypothesis import strategies as st

from caching.policies import Lirs
from simulator.kernels.lirs import LIRS
from tests.simulator.kernels.sameness import Trace, assert_same, traces
from tests.simulator.kernels.walks import walks


@settings(max_examples=100, deadline=None)
@given(trace=traces())
def test_it_decides_as_the_live_form_does(trace: Trace) -> None:
    assert_same(LIRS, Lirs, trace)


@settings(max_examples=200, deadline=None)
@given(trace=traces(), hir_ratio=st.sampled_from([0, 0.1, 0.3, 0.7, 1]), admit_large=st.booleans())
def test_options_mean_the_same_to_both(trace: Trace, hir_ratio: float, admit_large: bool) -> None:
    assert_same(LIRS, Lirs, trace, hir_ratio=hir_ratio, admit_large=admit_large)


def test_it_does_so_on_long_walks() -> None:
    for trace in walks():
        for hir_ratio in (0.01, 0.1, 0.4):
            assert_same(LIRS, Lirs, trace, hir_ratio=hir_ratio)
