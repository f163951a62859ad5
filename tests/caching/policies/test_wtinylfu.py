from __future__ import annotations

from typing import Any, ClassVar

import pytest

from caching.policies.wtinylfu import WTinyLfu
from tests.caching.policies.behaviour import Behaviour

FILLING = "abcdefghij"


class TestBehaviour(Behaviour):
    make = WTinyLfu
    options: ClassVar[dict[str, bool]] = {"admit_large": True}


def apart(key: str) -> int:
    """A digest under which no two letters or digits share a counter: estimates are exact."""
    return (ord(key) - ord("0")) << 26


def full(**options: Any) -> WTinyLfu[str]:
    """In the window j and 1 (2 fit); on probation a and h, one too many; protected b to g (6 fit)."""
    policy: WTinyLfu[str] = WTinyLfu(10, window_ratio=0.2, digest=apart, **options)
    assert requested(policy, "abcdefghij1") == "i"
    return policy


def requested(policy: WTinyLfu[str], keys: str) -> str:
    """Who leaves, in order, when the keys are asked for one after the other, each of size 1."""
    left = []
    for key in keys:
        if key in policy:
            policy.hit(key)
        else:
            left += policy.admit(key, 1)
    return "".join(left)


@pytest.mark.parametrize(
    ("keys", "left", "why"),
    [
        ("2", "j", "the window's oldest was asked for no more often than a, the oldest on probation"),
        ("j2", "1", "a hit moves j to the young end of the window"),
        ("jj23", "1j", "and is not counted"),
        ("i2", "j1", "i returns to the window"),
        ("i23", "j1a", "and beats a, being asked for twice and compared once"),
        ("i234", "j1a2", "then h is the oldest on probation"),
        ("h2", "a", "h is protected and b on probation, where there is room for one; no comparison is due"),
        ("h23", "a1", "the main cache has room for j"),
        ("bcdefg2", "j", "hits in the protected segment push nobody out"),
        ("ha2", "j", "the hit saves a, which was about to leave"),
        ("bh234", "a12", "c, not b, sank when h rose, and is the rival of 1 and 2"),
    ],
)
def test_who_leaves(keys: str, left: str, why: str) -> None:
    assert requested(full(), keys) == left, why


@pytest.mark.parametrize(
    ("keys", "left", "why"),
    [
        ("h2", "j", "what sinks to probation stays while the main cache has room for it"),
        ("jj23", "1a", "hits in the window are counted"),
        ("i23", "j1a", "i was asked for twice"),
    ],
)
def test_as_published(keys: str, left: str, why: str) -> None:
    assert requested(full(as_published=True), keys) == left, why


def test_hits_in_the_main_cache_are_counted_and_fade() -> None:
    policy = full(sample=1)
    assert requested(policy, "bbbbbbbbb") == ""
    estimate = policy._sketch.estimate(apart("b"))  # in tens: all ten counters of a key are one here
    policy.hit("b")  # the tenth, and ten keys are held
    assert policy._sketch.estimate(apart("b")) == (estimate + 10) // 2


def test_an_object_larger_than_the_window_is_not_admitted() -> None:
    policy: WTinyLfu[str] = WTinyLfu(1000)
    assert policy.admit("a", 11) == ["a"]
    assert policy.admit("a", 10) == []
    large: WTinyLfu[str] = WTinyLfu(1000, admit_large=True)
    assert large.admit("a", 1000) == []
    assert large.admit("b", 500) == ["a"]


def test_a_winner_may_cost_several_their_place() -> None:
    policy: WTinyLfu[str] = WTinyLfu(10, window_ratio=0.4, admit_large=True, digest=apart)
    requested(policy, "abcdef")
    assert policy.admit("k", 3) == []
    assert requested(policy, "gh") == "k"
    assert policy.admit("k", 3) == ["g"]
    assert requested(policy, "m") == "h"
    # k was asked for twice and compared once. It takes the place of a and f, on probation, and of b.
    assert policy.admit("n", 1) == ["a", "f", "b"]


def test_a_cache_that_counts_a_few_objects_has_a_window() -> None:
    policy: WTinyLfu[str] = WTinyLfu(2)
    assert requested(policy, "aab") == ""
    assert requested(policy, "c") == "b"


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"window_ratio": 1.01}, "window_ratio: must be between 0 and 1, not 1.01"),
        ({"sample": 0}, "sample: must be greater than 0, not 0"),
    ],
)
def test_a_wrong_option_is_named(option: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        WTinyLfu(10, **option)
