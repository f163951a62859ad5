import pytest

from caching.admission import ADMISSIONS, Admission, make_admission
from caching.policies import Lru

NEEDED = {"size": {"max_bytes": 100}}


@pytest.mark.parametrize("name", ADMISSIONS)
def test_every_rule_answers_alike_each_time(name: str) -> None:
    def answers() -> list[bool]:
        rule: Admission[str] = make_admission(name, **NEEDED.get(name, {}))
        policy = Lru[str](10)
        told = []
        for key in "abcabcdaae" * 3:
            if rule.counts_hits or key not in policy:
                rule.requested(key, 2)
            if key not in policy:
                told.append(rule.admits(key, 2, policy))
                if told[-1]:
                    policy.admit(key, 2)
        return told

    first = answers()
    assert first == answers()
    assert True in first
