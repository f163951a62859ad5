from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caching.admission import AdaptSize, Guarded, SecondRequest, SizeLimit, TinyLfu
from caching.admission.protocol import Admission
from caching.policies import POLICIES
from simulator.kernels.frame import Chunk
from simulator.kernels.gate import guarded
from simulator.kernels.sketch import digest_of
from simulator.kernels.table import KERNELS
from tests.simulator.kernels.sameness import OBJECTS, Trace, chunk, compiled, live, traces


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


def drawn_requests(requests: int, objects: int) -> Chunk:
    """A skewed trace with sizes from 1 to 1000."""
    dice = np.random.default_rng(5)
    ids = (dice.pareto(0.7, requests) % objects).astype(np.uint32)
    sizes = dice.integers(1, 1000, objects).astype(np.uint32)
    return Chunk(ids, sizes[ids], np.empty(0, np.int64), objects)


@pytest.mark.parametrize(
    ("admission", "options"),
    [
        ("size", {"max_bytes": 500}),
        ("second", {"keys": 100}),
        ("tinylfu", {}),
        ("adaptsize", {"interval": 500}),
    ],
)
def test_pieces_of_any_length_give_the_same(admission: str, options: dict[str, int]) -> None:
    whole = drawn_requests(20_000, 8_000)
    counts = []
    for piece in (20_000, 77):
        run = guarded(KERNELS["lru"], 30_000, admission, options)
        for start in range(0, 20_000, 5_000):
            part = slice(start, start + 5_000)
            objects = int(whole.ids[: start + 5_000].max()) + 1
            run.feed(Chunk(whole.ids[part], whole.sizes[part], whole.nexts, objects), piece=piece)
        counts.append(run.counts())
    assert counts[0] == counts[1]
    assert 0 < counts[0].admitted < counts[0].misses


def test_a_run_is_named_for_both() -> None:
    assert guarded(KERNELS["sieve"], 10, "second", {}).kernel.name == "sieve+second"


@pytest.mark.parametrize(
    ("policy", "admission", "options", "message"),
    [
        ("lru", "bloom", {}, "admission: 'bloom' is not one of adaptsize, second, size, tinylfu"),
        ("lru", "size", {}, "max_bytes: is needed by the rule 'size'"),
        ("belady", "second", {}, "belady: goes without an admission rule, for it knows the future"),
    ],
)
def test_what_is_wrong_is_named(policy: str, admission: str, options: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        guarded(KERNELS[policy], 10, admission, options)


def test_options_of_the_policy_reach_it() -> None:
    run = guarded(KERNELS["s3fifo"], 100, "size", {"max_bytes": 90}, admit_large=True)
    run.feed(chunk([(0, 80)], OBJECTS))
    assert run.counts().held_bytes == 80
