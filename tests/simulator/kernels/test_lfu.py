from hypothesis import given, settings

from caching.policies import Lfu
from simulator.kernels.frame import Run
from simulator.kernels.lfu import LFU, NOW
from tests.simulator.kernels.sameness import Trace, assert_same, compiled, traces


@settings(max_examples=150, deadline=None)
@given(trace=traces())
def test_it_decides_as_the_live_form_does(trace: Trace) -> None:
    assert_same(LFU, Lfu, trace)


@settings(max_examples=50, deadline=None)
@given(trace=traces())
def test_times_may_be_beyond_32_bits(trace: Trace) -> None:
    young, old = Run(LFU, trace.capacity_bytes), Run(LFU, trace.capacity_bytes)
    old.registers[NOW] = (1 << 32) - 40
    assert compiled(young, trace) == compiled(old, trace)
