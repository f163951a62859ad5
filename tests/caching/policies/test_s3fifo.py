from __future__ import annotations

from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caching.policies.s3fifo import S3Fifo
from tests.caching.policies.behaviour import Behaviour


class TestBehaviour(Behaviour):
    make = S3Fifo
    options: ClassVar[dict[str, bool]] = {"admit_large": True}


def requested(policy: S3Fifo[str], keys: str) -> str:
    """Who leaves, in order, when the keys are asked for one after the other, each of size 1."""
    left = []
    for key in keys:
        if key in policy:
            policy.hit(key)
        else:
            left += policy.admit(key, 1)
    return "".join(left)


def full() -> S3Fifo[str]:
    """Twenty keys: ``ab`` fill the small queue, the rest went to the main queue, oldest ``c``."""
    policy: S3Fifo[str] = S3Fifo(20)
    assert requested(policy, "abcdefghijklmnopqrst") == ""
    return policy


@pytest.mark.parametrize(
    ("keys", "left", "why"),
    [
        ("12345", "ab123", "what is asked for once passes through the small queue"),
        ("bb12", "a1", "two hits earn the main queue"),
        ("b12", "ab", "one hit is not enough"),
        ("aabb1", "c", "when both are promoted, the main queue is over its share, and its oldest goes"),
        ("aabbc1", "d", "a hit in the main queue is a second chance"),
        ("aabb12", "cd", "the main queue goes on until it is down to its share"),
        ("aabb123", "cd1", "and then it is the small queue's turn again"),
        ("12a", "ab1", "to make room for a ghost that returns, the small queue is sifted"),
        ("12a3", "ab1c", "the ghost went to the main queue, which is over its share now"),
        ("12a345", "ab1c23", "and stays there"),
    ],
)
def test_who_leaves(keys: str, left: str, why: str) -> None:
    assert requested(full(), keys) == left, why


def test_the_counter_stops_at_three() -> None:
    policy: S3Fifo[str] = S3Fifo(2, small_ratio=0, admit_large=True)
    requested(policy, "ab")
    for _ in range(9):
        policy.hit("b")
    assert requested(policy, "c") == "a"
    # b enters the main queue without its hits, and from then on each spares it once.
    assert requested(policy, "bbbbb") == ""
    assert "b" in policy


def test_the_ghost_remembers_a_part_of_the_capacity() -> None:
    policy: S3Fifo[str] = S3Fifo(20, ghost_ratio=0.1)
    requested(policy, "abcdefghijklmnopqrst")
    assert requested(policy, "123") == "ab1"
    # The ghosts are b and 1. What returns makes the main queue overfull, what was forgotten does not.
    assert requested(policy, "b4") == "2c"
    assert requested(policy, "a5") == "34"


def test_an_object_larger_than_the_small_queue_is_not_admitted() -> None:
    policy = full()
    assert policy.admit("big", 3) == ["big"]
    assert len(policy) == 20
    assert policy.admit("fits", 2) == ["a", "b"]


def test_large_objects_may_be_let_in() -> None:
    policy: S3Fifo[str] = S3Fifo(20, admit_large=True)
    requested(policy, "abcdefghijklmnopqrst")
    assert policy.admit("big", 20) == list("abcdefghijklmnopqrst")
    assert len(policy) == 1


def test_a_cache_that_counts_a_few_objects_has_a_small_queue() -> None:
    policy: S3Fifo[str] = S3Fifo(3)
    assert requested(policy, "abcd") == "a"


@settings(max_examples=100, deadline=None)
@given(keys=st.text("abcdefghijklmnopqrstuvwxyz", max_size=80))
def test_the_next_victim_is_the_one_named(keys: str) -> None:
    policy: S3Fifo[str] = S3Fifo(10)
    for key in keys:
        if key in policy:
            policy.hit(key)
            continue
        due = policy.victim() if len(policy) == 10 else None
        assert policy.admit(key, 1) == ([] if due is None else [due])


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"small_ratio": 1.5}, "small_ratio: must be between 0 and 1, not 1.5"),
        ({"ghost_ratio": -1}, "ghost_ratio: must be between 0 and 1, not -1"),
        ({"promote_hits": 0}, "promote_hits: must be between 1 and 3, not 0"),
        ({"promote_hits": 4}, "promote_hits: must be between 1 and 3, not 4"),
    ],
)
def test_a_wrong_option_is_named(option: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        S3Fifo(10, **option)  # type: ignore[arg-type]
