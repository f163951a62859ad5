from caching.freshness import Freshness
from caching.same import same


def test_equal_values_become_one() -> None:
    first = "".join(["max-age=", "17"])
    again = "".join(["max-age=", "17"])
    assert again is not first and same(first) is first is same(again)


def test_values_of_two_kinds_stay_two_though_they_are_equal() -> None:
    times = (1, 2, 3, False, 0, 0, False)
    assert same(times) is times and type(same(Freshness(*times))) is Freshness
