from __future__ import annotations

from typing import ClassVar

import pytest

from caching.policies.lirs import Lirs
from tests.caching.policies.asking import drained, requested
from tests.caching.policies.behaviour import Behaviour


class TestBehaviour(Behaviour):
    make = Lirs
    options: ClassVar[dict[str, bool]] = {"admit_large": True}


@pytest.mark.parametrize(
    ("keys", "left", "order", "why"),
    [
        ("adb", "", "bad", "the first are LIR, then comes an HIR key"),
        ("adbc", "b", "cad", "the resident HIR key goes, b stays on the stack"),
        ("adbcb", "bc", "adb", "b comes back soon and is LIR; a, at the bottom, is HIR now"),
        ("adbcba", "bc", "adb", "a has left the stack, and stays HIR"),
        ("adbcbax", "bca", "xdb", "so that it goes"),
        ("adbcbaxa", "bcax", "dba", "but its place on the stack makes it LIR when it comes back"),
        ("adbcbad", "bc", "abd", "to ask for the bottom prunes the stack: c is forgotten"),
        ("adbcbadc", "bca", "cbd", "so that it's HIR when it comes back"),
        ("adbcbada", "bc", "bda", "an HIR key that is still on the stack changes places with the bottom"),
        ("adbcbadae", "bcb", "eda", "and the former bottom goes"),
        ("adbcefg", "bcef", "gad", "b, c, e and f are not resident"),
        ("adbcefgb", "bcefg", "bad", "b is forgotten, for the stack holds twice the capacity"),
        ("adbcefgc", "bcefg", "adc", "c is not"),
    ],
)
def test_who_leaves(keys: str, left: str, order: str, why: str) -> None:
    """Two LIR keys, one resident HIR key."""
    policy: Lirs[str] = Lirs(3, hir_ratio=0.34)
    assert requested(policy, keys) == left, why
    assert drained(policy) == order, why


def test_who_is_removed_is_forgotten() -> None:
    policy: Lirs[str] = Lirs(3, hir_ratio=0.34)
    requested(policy, "adbc")
    policy.remove("a")
    policy.remove("d")
    # Nothing LIR is left, so the stack is empty: b is not known, and c not on it.
    assert requested(policy, "be") == ""
    assert drained(policy) == "cbe"


def test_an_object_larger_than_the_share_of_hir_keys_gets_in_as_long_as_no_key_is_lir() -> None:
    policy: Lirs[str] = Lirs(10, hir_ratio=0.2)
    assert requested(policy, "abcbdb", 3) == "a"
    assert requested(policy, "e") == ""
    assert policy.admit("f", 3) == ["f"]
    assert drained(policy) == "cdbe"


def test_large_objects_may_be_let_in() -> None:
    policy: Lirs[str] = Lirs(200, admit_large=True)
    requested(policy, "abcdefgh", 25)
    assert policy.admit("big", 150) == ["h", *"abcde"]
    assert drained(policy) == "bigfg"


def test_lir_keys_that_grow_make_others_hir() -> None:
    policy: Lirs[str] = Lirs(10, hir_ratio=0.5, admit_large=True)
    requested(policy, "abcde", 1)
    assert policy.admit("c", 3) == []
    assert drained(policy) == "abdec"


@pytest.mark.parametrize("capacity_bytes", [1, 2, 3])
def test_a_cache_that_counts_a_few_objects_works(capacity_bytes: int) -> None:
    policy: Lirs[str] = Lirs(capacity_bytes)
    requested(policy, "abcdabcd")
    assert len(policy) == capacity_bytes


def test_a_wrong_option_is_named() -> None:
    with pytest.raises(ValueError, match="hir_ratio: must be between 0 and 1, not -1"):
        Lirs(10, hir_ratio=-1)
