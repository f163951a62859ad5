from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caching.policies.arc import Arc
from tests.caching.policies.asking import drained, requested
from tests.caching.policies.behaviour import Behaviour


class TestBehaviour(Behaviour):
    make = Arc


@pytest.mark.parametrize(
    ("keys", "left", "order", "why"),
    [
        ("abcde", "a", "bcde", "T1 alone fills the cache, and what leaves it leaves no ghost: case IV A"),
        ("abcdeab", "abc", "deab", "so that nothing is learned when it comes back"),
        ("abcdae", "b", "cdea", "a second request earns T2; as long as p is 0, T1 loses: case IV B"),
        ("abcdaef", "bc", "defa", "L1 is full: its oldest ghost is forgotten"),
        ("abcdaefb", "bcd", "efba", "so that b is a stranger now"),
        ("abcdaeb", "bc", "dabe", "a ghost of T1 returns to T2, and p grows to 1: case II"),
        ("abcdaebc", "bca", "bcde", "p is 2, as large as T1: T2 loses"),
        ("abcdaebca", "bcad", "bcae", "a ghost of T2 returns, and p shrinks: case III"),
        ("abcdaebcea", "bcad", "bcea", "T1 is as large as p: for a ghost of T2 it is T1 that loses"),
        ("abcdaebcaf", "bcadb", "ecaf", "for any other it is T2"),
        ("abcdaebcfgdhabi", "bcabdcdefa", "gbhi", "p moves by the ratio of the ghosts: by 2 for d"),
    ],
)
def test_who_leaves(keys: str, left: str, order: str, why: str) -> None:
    policy: Arc[str] = Arc(4)
    assert requested(policy, keys) == left, why
    assert drained(policy) == order, why


@settings(max_examples=100, deadline=None)
@given(keys=st.text("abcdefghijklmnop", max_size=200))
def test_it_remembers_no_more_than_the_paper_allows(keys: str) -> None:
    policy: Arc[str] = Arc(4)
    for key in keys:
        requested(policy, key)
        once = policy._recent.used_bytes + policy._gone_recent.used_bytes
        assert once <= 4
        assert once + policy._frequent.used_bytes + policy._gone_frequent.used_bytes <= 8


def test_it_remembers_no_more_when_keys_grow_and_the_cache_shrinks() -> None:
    policy: Arc[str] = Arc(100)
    for round_ in range(50):
        requested(policy, "abcdefgh", 20)
        policy.admit("h", 90)
        policy.resize(60)
        policy.resize(100)
        policy.remove("h") if "h" in policy else policy.admit(str(round_), 20)
        assert policy._recent.used_bytes + policy._gone_recent.used_bytes <= 100
        assert policy._gone_frequent.used_bytes <= 100


def test_a_step_of_the_border_is_at_least_one_byte() -> None:
    policy: Arc[str] = Arc(40)
    requested(policy, "abcda", 10)
    requested(policy, "eb", 10)
    assert policy._target == 1.0
