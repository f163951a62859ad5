from hypothesis import given, settings
from hypothesis import strategies as st

from caching.policies import LfuDa
from simulator.kernels.lfuda import LFUDA
from tests.simulator.kernels.sameness import Trace, assert_same, traces
from tests.simulator.kernels.walks import walks


@settings(max_examples=250, deadline=None)
@given(trace=traces(), published=st.booleans())
def test_it_decides_as_the_live_form_does(trace: Trace, published: bool) -> None:
    assert_same(LFUDA, LfuDa, trace, published=published)


def test_it_does_so_when_the_age_is_scaled_down() -> None:
    doubling = [(i, 1) for i in (0, 0, 1, 1, 2, 2, 3, 2, 3, 4)]
    assert_same(LFUDA, LfuDa, Trace(doubling * 600, 3, 1000))


def test_it_does_so_on_long_walks() -> None:
    for trace in walks():
        assert_same(LFUDA, LfuDa, trace)
