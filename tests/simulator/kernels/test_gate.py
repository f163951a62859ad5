"""Every policy behind every admission rule: both forms decide alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caching.admission import AdaptSize, Guarded, SecondRequest, SizeLimit, TinyLfu
from caching.admission.protocol import Admission
from caching.policies import POLICIES
from simulator.kernels.gate import guarded
from simulator.kernels.sketch import digest_of
from simulator.kernels.table import KERNELS
from tests.simulator.kernels.sameness import Trace, compiled, live, traces


def digest(key: int) -> int:
    """The live form hashes ids as the kernel does."""
    return int(digest_of(np.uint64(key)))


def rule(name: str, **options: Any) -> Admission[int]:
    match name:
        case "size":
            return SizeLimit(**options)
        case "second":
            return SecondRequest(digest=digest, **options)
        case "tinylfu":
            return TinyLfu(digest=digest, **options)
        case _:
            return AdaptSize(**options)


OPTIONS: dict[str, st.SearchStrategy[dict[str, int]]] = {
    "size": st.fixed_dictionaries({"max_bytes": st.integers(1, 20)}),
    "second": st.fixed_dictionaries({"keys": st.integers(1, 30)}),
    "tinylfu": st.fixed_dictionaries({"sample": st.integers(1, 20)}),
    "adaptsize": st.fixed_dictionaries(
        {
            "interval": st.integers(1, 40),
            "horizon": st.integers(1, 40),
            "seed": st.integers(-1, 2**65),
        }
    ),
}


@pytest.mark.parametrize("admission", OPTIONS)
@pytest.mark.parametrize("policy", POLICIES)
def test_both_forms_decide_alike(policy: str, admission: str) -> None:
    @settings(max_examples=15, deadline=None)
    @given(trace=traces(), options=OPTIONS[admission])
    def check(trace: Trace, options: dict[str, int]) -> None:
        own = {"digest": digest} if policy == "wtinylfu" else {}
        behind = Guarded(POLICIES[policy](trace.capacity_bytes, **own), rule(admission, **options))
        run = guarded(KERNELS[policy], trace.capacity_bytes, admission, options)
        assert compiled(run, trace) == live(behind, trace)
        assert (run.counts().held, run.counts().held_bytes) == (len(behind), behind.used_bytes)

    check()
