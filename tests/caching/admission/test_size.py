import pytest

from caching.admission import SizeLimit
from caching.policies import Lru


def test_the_limit_itself_is_admitted() -> None:
    rule, policy = SizeLimit(max_bytes=10), Lru[str](100)
    assert [rule.admits("a", size_bytes, policy) for size_bytes in (0, 10, 11)] == [True, True, False]


def test_a_limit_is_positive() -> None:
    with pytest.raises(ValueError, match="max_bytes: must be greater than 0, not 0"):
        SizeLimit(max_bytes=0)
