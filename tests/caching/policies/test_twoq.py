from __future__ import annotations

from typing import ClassVar

import pytest

from caching.policies.twoq import TwoQ
from tests.caching.policies.asking import drained, requested
from tests.caching.policies.behaviour import Behaviour


class TestBehaviour(Behaviour):
    make = TwoQ
    options: ClassVar[dict[str, bool]] = {"admit_large": True}


def full() -> TwoQ[str]:
    """Eight keys, all in the FIFO, whose share is two; four that leave it are remembered."""
    policy: TwoQ[str] = TwoQ(8)
    assert requested(policy, "abcdefgh") == ""
    return policy


@pytest.mark.parametrize(
    ("keys", "left", "order", "why"),
    [
        ("aaa1", "a", "bcdefgh1", "a hit in the FIFO changes nothing"),
        ("1a", "ab", "cdefgah1", "what was remembered comes back to the LRU"),
        ("12345a", "abcdef", "gh12345a", "what was forgotten is as good as new"),
        ("1234abcda5", "abcdefgh1", "23bcda45", "in the LRU a hit takes to the young end"),
        ("1234abcdefgh", "abcdefgh12ab", "cdefgh34", "the LRU's oldest go when the FIFO is within its share"),
    ],
)
def test_who_leaves(keys: str, left: str, order: str, why: str) -> None:
    policy = full()
    assert requested(policy, keys) == left, why
    assert drained(policy) == order, why


def test_the_lru_never_takes_the_share_of_the_fifo() -> None:
    policy = full()
    requested(policy, "1234abcdefgh")
    policy.remove("3")
    # There is room for 2, but not in the LRU, where it belongs.
    assert requested(policy, "2") == "c"
    assert requested(policy, "5") == ""


def test_an_object_larger_than_the_fifo_is_not_admitted() -> None:
    policy = full()
    assert policy.admit("big", 3) == ["big"] and len(policy) == 8
    assert policy.admit("fits", 2) == ["a", "b"]


def test_large_objects_may_be_let_in() -> None:
    policy: TwoQ[str] = TwoQ(8, admit_large=True)
    requested(policy, "abcdefgh")
    assert policy.admit("big", 7) == list("abcdefg")
    # It is larger than what is remembered, too.
    assert requested(policy, "1") == "h"
    assert policy.admit("2", 1) == ["big"]
    assert policy.admit("big", 7) == ["1"]
    assert drained(policy).startswith("2")


@pytest.mark.parametrize("capacity_bytes", [1, 2, 3])
def test_a_cache_that_counts_a_few_objects_has_a_fifo(capacity_bytes: int) -> None:
    policy: TwoQ[str] = TwoQ(capacity_bytes)
    assert requested(policy, "abcd") == "abcd"[: 4 - capacity_bytes]


def test_its_shares_are_options() -> None:
    policy: TwoQ[str] = TwoQ(8, in_ratio=0.5, out_ratio=0)
    requested(policy, "abcdefgh")
    assert requested(policy, "1a") == "ab"
    assert (policy.in_bytes, policy.out_bytes) == (4, 0)
    assert drained(policy) == "cdefgh1a"


@pytest.mark.parametrize("name", ["in_ratio", "out_ratio"])
def test_a_wrong_option_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: must be between 0 and 1, not 1.5"):
        TwoQ(10, **{name: 1.5})  # type: ignore[arg-type]
