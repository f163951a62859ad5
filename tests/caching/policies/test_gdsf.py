from __future__ import annotations

from caching.policies.gdsf import Gdsf
from tests.caching.policies.asking import drained, requested
from tests.caching.policies.behaviour import Behaviour


class TestBehaviour(Behaviour):
    make = Gdsf


def mixed() -> Gdsf[str]:
    """Worth, in units of the cost: a 1/5, b and c 1/2, d 1."""
    policy: Gdsf[str] = Gdsf(10)
    for key, size_bytes in zip("abcd", (5, 2, 2, 1), strict=True):
        assert policy.admit(key, size_bytes) == []
    return policy


def test_the_large_go_before_the_small() -> None:
    assert drained(mixed()) == "abcd"


def test_each_use_counts() -> None:
    policy = mixed()
    # Now a is worth 4/5, and b 2/2, as much as d, which was asked for longer ago.
    requested(policy, "baaa")
    assert drained(policy) == "cadb"


def test_a_newcomer_may_lose_and_ages_the_others() -> None:
    policy = mixed()
    assert policy.admit("e", 2) == ["a"]
    # The age is 1/5: f is worth 2/5, less than any other.
    assert policy.admit("f", 5) == ["f"]
    # The age is 2/5: f is worth 3/5, more than b, c and e.
    assert policy.admit("f", 5) == ["b"]
    assert drained(policy) == "cefd"


def test_a_newcomer_may_lose_after_others_have_left() -> None:
    policy = mixed()
    policy.admit("e", 2)
    policy.admit("f", 5)
    # Worth 2/5 + 1/10, as much as b, c and e, and they don't suffice.
    assert policy.admit("h", 10) == ["b", "c", "e", "h"]
    assert drained(policy) == "d"


def test_what_grows_is_worth_less() -> None:
    policy = mixed()
    assert policy.admit("d", 1) == []
    assert policy.admit("b", 1) == []
    assert policy.admit("d", 2) == []
    # d was asked for three times: 3/2; b twice: 2/1.
    assert drained(policy) == "acdb"


def test_an_empty_object_stays() -> None:
    policy = mixed()
    policy.admit("empty", 0)
    policy.hit("empty")
    assert drained(policy) == "abcdempty"
