import pytest

from caching.admission import SecondRequest
from caching.policies import Lru


def test_the_second_miss_is_admitted() -> None:
    rule, policy = SecondRequest(), Lru[str](100)
    assert [rule.admits(key, 1, policy) for key in "abacba"] == [False, False, True, False, True, True]


def test_a_miss_long_ago_is_forgotten() -> None:
    rule, policy = SecondRequest(keys=10), Lru[str](100)
    assert not rule.admits("a", 1, policy)
    for n in range(100):
        rule.admits(str(n), 1, policy)
    assert not rule.admits("a", 1, policy)


def test_keys_may_be_hashed_otherwise() -> None:
    rule, policy = SecondRequest(digest=lambda key: int(key) % 2 << 31), Lru[int](100)
    assert [rule.admits(key, 1, policy) for key in (1, 3, 2)] == [False, True, False]


def test_a_number_of_keys_is_positive() -> None:
    with pytest.raises(ValueError, match="keys: must be greater than 0, not -1"):
        SecondRequest(keys=-1)
