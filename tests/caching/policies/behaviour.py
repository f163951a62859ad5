"""What every policy promises, whatever its algorithm. A policy's test file has a subclass with ``make``."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caching.policies import Policy
from caching.policies.base import Base

KEYS = "abcdefgh"
Call = tuple[str, str, int]

calls = st.lists(
    st.tuples(
        st.sampled_from(["admit", "admit", "admit", "hit", "hit", "remove", "resize", "victim"]),
        st.sampled_from(KEYS),
        st.integers(0, 40),
    ),
    max_size=60,
)

# Run in a process of its own: prints the victims of a trace whose keys are hashed with that process' salt.
SCRIPT = """
import sys
from importlib import import_module
from tests.caching.policies.behaviour import victims
module, name = sys.argv[1:]
print(victims(getattr(import_module(module), name)(200)))
"""


def victims(policy: Policy[str]) -> list[str]:
    """Who leaves, in order, in a seeded trace of keys whose hashes differ between processes."""
    dice = random.Random(5)
    left: list[str] = []
    for _ in range(1500):
        key = f"key-{int(dice.paretovariate(0.6)) % 200}"
        if key in policy:
            policy.hit(key)
        else:
            left += policy.admit(key, 5 + len(key) % 3 * 7)
    return left


def printed_under(seed: str, command: list[str]) -> str:
    """What a command prints in a process whose hashes are salted with the seed."""
    salted = {**os.environ, "PYTHONHASHSEED": seed}
    return subprocess.run(command, env=salted, capture_output=True, text=True, check=True).stdout


class Caller:
    """One who obeys: keeps a table of its own in step with the policy, and checks it after each call."""

    def __init__(self, policy: Policy[str]) -> None:
        self.policy = policy
        self.sizes: dict[str, int] = {}

    def apply(self, call: str, key: str, size_bytes: int) -> None:
        getattr(self, call)(key, size_bytes)
        assert self.policy.used_bytes == sum(self.sizes.values()) <= self.policy.capacity_bytes
        assert len(self.policy) == len(self.sizes)
        assert all((key in self.policy) is (key in self.sizes) for key in KEYS)

    def admit(self, key: str, size_bytes: int) -> None:
        self.sizes[key] = size_bytes
        for victim in self.policy.admit(key, size_bytes):
            del self.sizes[victim]

    def hit(self, key: str, _: int) -> None:
        if key in self.sizes:
            self.policy.hit(key)
        else:
            with pytest.raises(KeyError):
                self.policy.hit(key)

    def remove(self, key: str, _: int) -> None:
        if self.sizes.pop(key, None) is not None:
            self.policy.remove(key)
        else:
            with pytest.raises(KeyError):
                self.policy.remove(key)

    def resize(self, _: str, size_bytes: int) -> None:
        for victim in self.policy.resize(60 + 2 * size_bytes):
            del self.sizes[victim]

    def victim(self, _: str, __: int) -> None:
        victim = self.policy.victim()
        assert (victim in self.sizes) if self.sizes else victim is None


class Behaviour:
    """Subclass it as ``class TestBehaviour(Behaviour): make = Lru``."""

    make: ClassVar[type[Base[Any]]]
    options: ClassVar[dict[str, Any]] = {}
    """Handed to ``make`` by the tests with few large objects."""

    def filled(self) -> Policy[str]:
        policy: Policy[str] = self.make(30, **self.options)
        for key in "abc":
            assert policy.admit(key, 10) == []
        return policy

    def test_it_stays_in_step_with_a_caller_who_obeys(self) -> None:
        @settings(max_examples=100, deadline=None)
        @given(calls=calls)
        def check(calls: list[Call]) -> None:
            caller = Caller(self.make(100))
            for call in calls:
                caller.apply(*call)

        check()

    def test_what_is_larger_than_the_cache_is_not_admitted_and_evicts_nothing(self) -> None:
        policy = self.filled()
        assert policy.admit("d", 31) == ["d"]
        assert "d" not in policy and len(policy) == 3 and policy.used_bytes == 30

    def test_a_key_that_outgrows_the_cache_leaves_it_alone(self) -> None:
        policy = self.filled()
        assert policy.admit("b", 31) == ["b"]
        assert "b" not in policy and policy.used_bytes == 20

    @pytest.mark.parametrize("key", ["a", "b", "c"])
    def test_a_key_that_grows_is_not_its_own_victim(self, key: str) -> None:
        policy = self.filled()
        assert len(policy.admit(key, 20)) == 1
        assert key in policy and policy.used_bytes == 30
        assert len(policy.admit(key, 30)) == 1
        assert key in policy and policy.used_bytes == 30 and len(policy) == 1

    def test_a_key_that_grows_within_the_capacity_evicts_nobody(self) -> None:
        policy: Policy[str] = self.make(100, **self.options)
        policy.admit("a", 10)
        policy.admit("b", 10)
        assert policy.admit("a", 90) == []
        assert policy.used_bytes == 100

    def test_a_key_that_shrinks_gives_its_bytes_back(self) -> None:
        policy = self.filled()
        assert policy.admit("b", 1) == [] and policy.used_bytes == 21
        policy.remove("b")
        assert policy.used_bytes == 20

    def test_what_was_removed_may_come_back(self) -> None:
        policy = self.filled()
        policy.remove("b")
        assert "b" not in policy and policy.used_bytes == 20
        assert policy.admit("b", 10) == [] and policy.used_bytes == 30

    def test_a_smaller_capacity_evicts_and_a_larger_one_does_not(self) -> None:
        policy = self.filled()
        left = policy.resize(15)
        assert len(left) == 2 and len(policy) == 1 and policy.capacity_bytes == 15
        assert policy.resize(40) == [] and policy.admit("d", 30) == []
        with pytest.raises(ValueError, match="capacity_bytes: must be greater than 0, not -1"):
            policy.resize(-1)
        assert policy.capacity_bytes == 40

    def test_the_next_victim_is_held_and_may_be_removed(self) -> None:
        policy = self.filled()
        for remaining in (2, 1, 0):
            victim = policy.victim()
            assert victim is not None
            policy.remove(victim)
            assert len(policy) == remaining
        assert policy.victim() is None

    def test_a_key_that_is_not_held_is_an_error(self) -> None:
        policy = self.filled()
        for call in (policy.hit, policy.remove):
            with pytest.raises(KeyError):
                call("x")
        assert len(policy) == 3

    def test_a_capacity_is_positive(self) -> None:
        with pytest.raises(ValueError, match="capacity_bytes: must be greater than 0, not 0"):
            self.make(0)

    def test_an_empty_object_may_be_held(self) -> None:
        policy = self.filled()
        assert policy.admit("d", 0) == [] and "d" in policy and policy.used_bytes == 30

    def test_repr_tells_how_full_it_is(self) -> None:
        policy = self.filled()
        assert repr(policy) == f"{type(policy).__name__}(3 keys, 30 of 30 bytes)"

    def test_the_victims_are_the_same_in_every_process(self) -> None:
        kind = type(self.make(200))
        command = [sys.executable, "-c", SCRIPT, kind.__module__, kind.__name__]
        printed = {printed_under(seed, command) for seed in ("1", "2")}
        assert printed == {f"{victims(self.make(200))}\n"}
