from hypothesis import given, settings

from caching.policies import Lru
from simulator.kernels.lru import LRU
from tests.simulator.kernels.sameness import Trace, assert_same, traces


@settings(max_examples=150, deadline=None)
@given(trace=traces())
def test_it_decides_as_the_live_form_does(trace: Trace) -> None:
    assert_same(LRU, Lru, trace)
