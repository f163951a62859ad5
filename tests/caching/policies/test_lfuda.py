from __future__ import annotations

import random
from math import inf

import pytest

from caching.policies import lfuda
from caching.policies.lfuda import LfuDa
from tests.caching.policies.asking import drained, requested
from tests.caching.policies.behaviour import Behaviour


class TestBehaviour(Behaviour):
    make = LfuDa


class TestPublishedBehaviour(Behaviour):
    make = LfuDa

    def filled(self) -> LfuDa[str]:
        policy: LfuDa[str] = LfuDa(30, published=True)
        requested(policy, "abc", 10)
        return policy


@pytest.mark.parametrize(
    ("keys", "left", "order", "why"),
    [
        ("abcad", "b", "cad", "as long as the age is 0 a use is a matter of order only"),
        ("abcadef", "bca", "def", "d and e begin at 2, the least rank is 1 until a has left"),
        ("abcadefd", "bca", "efd", "now it is 2, f began at 3, and a use takes d to 4"),
        ("abcadefde", "bca", "fde", "and e too; with that the age is 3, for 2 is nobody's any more"),
        ("abcadefdeg", "bcaf", "deg", "the victim's rank was 3, the next is 4, and g begins at 5"),
        ("abcadefdegd", "bcaf", "egd", "d is at 8"),
        ("abcadefdegde", "bcaf", "gde", "and e; the age is 5"),
        ("abcadefdegdeggh", "bcafd", "ehg", "g was at 5, is at 10 and, by an age of 8, at 18"),
    ],
)
def test_who_leaves(keys: str, left: str, order: str, why: str) -> None:
    policy: LfuDa[str] = LfuDa(3)
    assert requested(policy, keys) == left, why
    assert drained(policy) == order, why


@pytest.mark.parametrize(
    ("keys", "left", "order", "why"),
    [
        ("abcaad", "b", "cda", "a is at 3; the age is 1, and d begins at 2"),
        ("abcaade", "bc", "dea", "and so does e"),
        ("abcaadefg", "bcde", "afg", "the age is 2, f and g begin at 3, and a is the oldest of equals"),
        ("abcaadefga", "bcde", "fga", "unless it is asked for: 4 uses and an age of 2"),
    ],
)
def test_who_leaves_as_published(keys: str, left: str, order: str, why: str) -> None:
    policy: LfuDa[str] = LfuDa(3, published=True)
    assert requested(policy, keys) == left, why
    assert drained(policy) == order, why


def test_who_is_removed_may_have_been_the_last_of_the_least() -> None:
    policy: LfuDa[str] = LfuDa(3)
    requested(policy, "abcadef")
    policy.remove("d")
    policy.remove("e")
    # The age is 3, f's rank.
    requested(policy, "g")
    assert policy._standings["g"].rank == 4


def aged(monkeypatch: pytest.MonkeyPatch, old: float, younger: float) -> tuple[list[str], float]:
    """The victims of a trace that doubles the age some hundreds of times, and the age at its end."""
    monkeypatch.setattr(lfuda, "OLD", old)
    monkeypatch.setattr(lfuda, "YOUNGER", younger)
    policy: LfuDa[str] = LfuDa(3)
    dice = random.Random(11)
    left = [requested(policy, str(int(dice.paretovariate(0.7)) % 12)) for _ in range(4000)]
    return left, policy._age


def test_the_age_never_overflows_and_nobody_can_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    unscaled, age = aged(monkeypatch, inf, 1.0)
    assert 2.0**400 < age < 2.0**1000
    scaled, least = aged(monkeypatch, 2.0**100, 2.0**-40)
    assert scaled == unscaled and least < 2.0**100


def test_the_age_is_scaled_before_it_overflows() -> None:
    policy: LfuDa[str] = LfuDa(1)
    for _ in range(2000):
        requested(policy, "aabb")
    assert 2.0**63 < policy._age <= lfuda.OLD
