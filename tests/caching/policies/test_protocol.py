from importlib import import_module

import pytest

from caching.policies import POLICIES
from tests.caching.policies.behaviour import Behaviour


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_every_policy_is_put_through_the_behaviour_suite(name: str) -> None:
    kind = POLICIES[name]
    tests = import_module(f"tests.caching.policies.test_{kind.__module__.rpartition('.')[2]}")
    suites = [
        value for value in vars(tests).values() if isinstance(value, type) and issubclass(value, Behaviour)
    ]
    assert any(getattr(suite, "make", None) is kind for suite in suites)
