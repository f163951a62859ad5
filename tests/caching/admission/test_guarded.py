from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caching.admission import Guarded, SizeLimit
from caching.policies import POLICIES, Lru, Policy, Sieve

calls = st.lists(
    st.tuples(st.sampled_from(["admit", "hit", "remove"]), st.sampled_from("abcdef"), st.integers(0, 40)),
    max_size=60,
)


class Listener:
    """Takes down what it is told, and admits what begins with a letter before m."""

    def __init__(self, counts_hits: bool) -> None:
        self.counts_hits = counts_hits
        self.told: list[tuple[Hashable, int]] = []
        self.asked: list[Hashable] = []

    def requested(self, key: Hashable, size_bytes: int) -> None:
        self.told.append((key, size_bytes))

    def admits(self, key: Hashable, size_bytes: int, policy: Policy[Any]) -> bool:
        self.asked.append(key)
        return str(key) < "m"


def applied(policy: Policy[str], calls: list[tuple[str, str, int]]) -> list[list[str]]:
    answers = []
    for call, key, size_bytes in calls:
        if call == "admit":
            answers.append(policy.admit(key, size_bytes))
        elif key in policy:
            getattr(policy, call)(key)
    return answers


@pytest.mark.parametrize("name", POLICIES)
def test_a_rule_that_refuses_nothing_makes_no_difference(name: str) -> None:
    @settings(max_examples=20, deadline=None)
    @given(calls=calls)
    def check(calls: list[tuple[str, str, int]]) -> None:
        bare: Policy[str] = POLICIES[name](60)
        guarded: Guarded[str] = Guarded(POLICIES[name](60), SizeLimit(max_bytes=1000))
        assert applied(guarded, calls) == applied(bare, calls)
        assert (len(guarded), guarded.used_bytes) == (len(bare), bare.used_bytes)
        assert all((key in guarded) is (key in bare) for key in "abcdef")

    check()


def test_what_is_refused_stands_among_the_victims_and_evicts_nobody() -> None:
    cache = Guarded(Lru[str](20), SizeLimit(max_bytes=10))
    assert cache.admit("a", 10) == [] and cache.admit("b", 10) == []
    assert cache.admit("c", 11) == ["c"]
    assert cache.used_bytes == 20 and cache.capacity_bytes == 20 and len(cache) == 2


def test_what_is_held_may_grow_past_the_rule() -> None:
    cache = Guarded(Lru[str](20), SizeLimit(max_bytes=10))
    cache.admit("a", 10)
    assert cache.admit("a", 15) == [] and cache.size_of("a") == 15


def test_a_rule_is_told_of_each_miss_and_of_hits_if_it_counts_them() -> None:
    counting, deaf = Listener(True), Listener(False)
    for rule in (counting, deaf):
        cache = Guarded(Lru[str](10), rule)
        cache.admit("a", 3)
        cache.hit("a")
        cache.admit("z", 4)
        cache.admit("big", 11)
    assert counting.told == [("a", 3), ("a", 3), ("z", 4), ("big", 11)]
    assert deaf.told == [("a", 3), ("z", 4), ("big", 11)]
    assert counting.asked == deaf.asked == ["a", "z"], "what does not fit is not a question"


def test_the_hit_of_a_key_that_is_not_held_is_an_error_and_no_request() -> None:
    rule = Listener(True)
    cache = Guarded(Sieve[str](10), rule)
    with pytest.raises(KeyError):
        cache.hit("a")
    assert rule.told == []


def test_the_rest_is_the_policys() -> None:
    cache = Guarded(Lru[str](10), SizeLimit(max_bytes=5))
    for key in "abc":
        cache.admit(key, 3)
    assert cache.victim() == "a"
    cache.remove("a")
    assert cache.resize(3) == ["b"]
    assert repr(cache) == "Lru(1 keys, 3 of 3 bytes) behind SizeLimit"
