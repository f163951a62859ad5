from hypothesis import given, settings
from hypothesis import strategies as st

from caching.policies.s3fifo import S3Fifo
from simulator.kernels.s3fifo import S3FIFO
from tests.simulator.kernels.sameness import Trace, assert_same, traces


@settings(max_examples=200, deadline=None)
@given(trace=traces(), admit_large=st.booleans())
def test_it_decides_as_the_live_form_does(trace: Trace, admit_large: bool) -> None:
    assert_same(S3FIFO, S3Fifo, trace, admit_large=admit_large)


@settings(max_examples=50, deadline=None)
@given(
    trace=traces(),
    small_ratio=st.sampled_from([0, 0.01, 0.3, 1]),
    ghost_ratio=st.sampled_from([0, 0.5, 1]),
    promote_hits=st.integers(1, 3),
)
def test_options_mean_the_same_to_both(
    trace: Trace, small_ratio: float, ghost_ratio: float, promote_hits: int
) -> None:
    assert_same(
        S3FIFO, S3Fifo, trace, small_ratio=small_ratio, ghost_ratio=ghost_ratio, promote_hits=promote_hits
    )
