from hypothesis import given, settings

from caching.policies import Arc
from simulator.kernels.arc import ARC
from tests.simulator.kernels.sameness import Trace, assert_same, traces
from tests.simulator.kernels.walks import walks


@settings(max_examples=250, deadline=None)
@given(trace=traces())
def test_it_decides_as_the_live_form_does(trace: Trace) -> None:
    assert_same(ARC, Arc, trace)


def test_it_does_so_on_long_walks() -> None:
    for trace in walks():
        assert_same(ARC, Arc, trace)
