from __future__ import annotations

from typing import ClassVar

import pytest

from caching.policies.slru import Slru
from tests.caching.policies.asking import drained, requested
from tests.caching.policies.behaviour import Behaviour


class TestBehaviour(Behaviour):
    make = Slru
    options: ClassVar[dict[str, bool]] = {"admit_large": True}


def full() -> Slru[str]:
    """Eight keys in four segments, filled from the lowest: ab, cd, ef, gh, the older first."""
    policy: Slru[str] = Slru(8)
    assert requested(policy, "abcdefgh") == ""
    return policy


@pytest.mark.parametrize(
    ("keys", "left", "order", "why"),
    [
        ("123", "ab1", "23cdefgh", "what is asked for once passes through the lowest segment"),
        ("b", "", "acdbefgh", "a hit takes b up, and c sinks in its place"),
        ("bb", "", "acdefbgh", "a second one takes it up again: e sinks to where b was"),
        ("bbb", "", "acdefghb", "and a third to the highest"),
        ("g", "", "abcdefhg", "where a hit takes a key to the young end"),
        ("bdf", "", "acbedghf", "each segment keeps to its share"),
        ("b12", "ac", "12dbefgh", "victims come from the lowest"),
    ],
)
def test_who_leaves(keys: str, left: str, order: str, why: str) -> None:
    policy = full()
    assert requested(policy, keys) == left, why
    assert drained(policy) == order, why


def test_one_segment_is_lru() -> None:
    policy: Slru[str] = Slru(3, segments=1)
    assert requested(policy, "abcad") == "b"


def overfull() -> Slru[str]:
    """Segments of ten bytes: ``a`` has just sunk to the lowest, and has pushed ``c`` out of it."""
    policy: Slru[str] = Slru(40)
    policy.admit("a", 6)
    policy.hit("a")
    policy.admit("c", 6)
    policy.admit("b", 2)
    policy.hit("b")
    policy.admit("d", 4)
    policy.hit("d")
    return policy


def test_what_a_hit_pushes_out_goes_with_the_next_admission() -> None:
    policy = overfull()
    assert policy.victim() == "c" and "c" in policy and policy.used_bytes == 18
    assert policy.admit("e", 1) == ["c"]
    assert policy.used_bytes == 13


def test_a_hit_until_then_saves_it() -> None:
    policy = overfull()
    policy.hit("c")
    assert policy.admit("e", 1) == [] and "c" in policy


def test_an_object_larger_than_a_segment_is_not_admitted() -> None:
    policy = full()
    assert policy.admit("big", 3) == ["big"] and len(policy) == 8
    assert policy.admit("fits", 2) == ["a", "b"]


def test_large_objects_may_be_let_in() -> None:
    policy: Slru[str] = Slru(8, admit_large=True)
    requested(policy, "abcdefgh")
    policy.hit("a")
    assert policy.admit("big", 6) == list("bcdaef")
    policy.hit("big")
    assert policy.admit("x", 1) == ["big"]


def test_a_cache_that_counts_a_few_objects_has_segments() -> None:
    policy: Slru[str] = Slru(2)
    assert requested(policy, "abac") == "b"


def test_a_wrong_option_is_named() -> None:
    with pytest.raises(ValueError, match="segments: must be between 1 and 7, not 8"):
        Slru(10, segments=8)
