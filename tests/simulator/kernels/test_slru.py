from hypothesis import given, settings
from hypothesis import strategies as st

from caching.policies import Slru
from simulator.kernels.slru import SLRU
from tests.simulator.kernels.sameness import Trace, assert_same, traces
from tests.simulator.kernels.walks import walks


@settings(max_examples=150, deadline=None)
@given(trace=traces(), segments=st.integers(1, 7), admit_large=st.booleans())
def test_it_decides_as_the_live_form_does(trace: Trace, segments: int, admit_large: bool) -> None:
    assert_same(SLRU, Slru, trace, segments=segments, admit_large=admit_large)


@settings(max_examples=150, deadline=None)
@given(trace=traces())
def test_it_does_so_with_the_options_left_alone(trace: Trace) -> None:
    assert_same(SLRU, Slru, trace)


def test_it_does_so_on_long_walks() -> None:
    for trace in walks():
        for segments in (2, 3, 4, 7):
            assert_same(SLRU, Slru, trace, segments=segments)
