from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caching.policies import POLICIES, Policy, WTinyLfu
from simulator.kernels.frame import FIRST, Chunk, Run
from simulator.kernels.sketch import digest_of
from simulator.kernels.table import KERNELS
from simulator.kernels.victims import DOORS
from tests.simulator.kernels.sameness import OBJECTS, Trace, chunk, step, traces


def make(name: str, capacity_bytes: int) -> Policy[int]:
    if name == "wtinylfu":
        return WTinyLfu(capacity_bytes, digest=lambda key: int(digest_of(np.uint64(key))))
    return POLICIES[name](capacity_bytes)


def test_every_policy_has_a_door() -> None:
    assert set(DOORS) == set(POLICIES)


@pytest.mark.parametrize("name", DOORS)
def test_the_victim_is_the_live_forms_and_asking_has_the_same_effect(name: str) -> None:
    kernel, door = KERNELS[name], DOORS[name]

    @settings(max_examples=25, deadline=None)
    @given(trace=traces(most=120), every=st.integers(1, 9))
    def check(trace: Trace, every: int) -> None:
        policy, run = make(name, trace.capacity_bytes), Run(kernel, trace.capacity_bytes)
        requests = trace.requests
        whole = chunk(requests, OBJECTS)
        for k, request in enumerate(requests):
            step(policy, *request)
            part = slice(k, k + 1)
            run.feed(Chunk(whole.ids[part], whole.sizes[part], whole.nexts[part], OBJECTS))
            held = [i for i in range(OBJECTS) if door.holds(run.state.table, FIRST + np.uint64(i))]
            assert held == [i for i in range(OBJECTS) if i in policy]
            if k % every == 0 and held:
                assert int(door.victim(run.state, run.registers) - FIRST) == policy.victim()

    check()
