"""What every policy promises, whatever its algorithm."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caching.policies import POLICIES, make_policy

keys = st.sampled_from("abcdefgh")
names = st.sampled_from(["admit", "hit", "remove"])
calls = st.lists(st.tuples(names, keys, st.integers(0, 40)), max_size=60)


@pytest.mark.parametrize("name", sorted(POLICIES))
@settings(max_examples=100)
@given(calls=calls)
def test_a_policy_is_in_step_with_a_caller_who_obeys(name: str, calls: list[tuple[str, str, int]]) -> None:
    policy = make_policy(name, 100)
    sizes: dict[str, int] = {}
    for call, key, size_bytes in calls:
        if call == "admit":
            sizes[key] = size_bytes
            for victim in policy.admit(key, size_bytes):
                del sizes[victim]
        elif key not in sizes:
            with pytest.raises(KeyError):
                getattr(policy, call)(key)
        elif call == "hit":
            policy.hit(key)
        else:
            policy.remove(key)
            del sizes[key]
        assert policy.used_bytes == sum(sizes.values()) <= policy.capacity_bytes
        assert len(policy) == len(sizes) and all(key in policy for key in sizes)


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_an_object_larger_than_the_cache_evicts_nothing_else(name: str) -> None:
    policy = make_policy(name, 100)
    policy.admit("a", 100)
    assert policy.admit("b", 101) == ["b"] and "a" in policy and "b" not in policy
