from hypothesis import given, settings

from caching.policies import Fifo
from simulator.kernels.fifo import FIFO
from tests.simulator.kernels.sameness import Trace, assert_same, traces


@settings(max_examples=150, deadline=None)
@given(trace=traces())
def test_it_decides_as_the_live_form_does(trace: Trace) -> None:
    assert_same(FIFO, Fifo, trace)
