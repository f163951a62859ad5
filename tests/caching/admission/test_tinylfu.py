import pytest

from caching.admission import Guarded, TinyLfu
from caching.policies import Lru


def requested(cache: Guarded[str], keys: str) -> list[str]:
    """Who is refused or leaves, in order."""
    left: list[str] = []
    for key in keys:
        if key in cache:
            cache.hit(key)
        else:
            left += cache.admit(key, 1)
    return left


def test_while_there_is_room_all_come_in() -> None:
    assert requested(Guarded(Lru(3), TinyLfu()), "abc") == []


def test_the_one_asked_for_more_often_stays() -> None:
    cache = Guarded(Lru[str](2), TinyLfu())
    # c is refused until its third request: b, the least recently used, has had two.
    assert requested(cache, "abbaccc") == ["c", "c", "b"]
    assert "c" in cache and "a" in cache


def test_the_first_victim_is_the_rival() -> None:
    cache = Guarded(Lru[str](4), TinyLfu())
    requested(cache, "abcdbbb")
    cache.admit("x", 2)
    assert cache.admit("x", 2) == ["a", "c"]


def test_counts_age_with_the_number_of_keys_held() -> None:
    lasting, fading = Guarded(Lru[str](2), TinyLfu(sample=1000)), Guarded(Lru[str](2), TinyLfu(sample=1))
    # The rival of c is a. In the one all of its eight requests count, in the other hardly any by then.
    requests = "aaaaaaaabcccccc"
    assert requested(lasting, requests) == ["c"] * 6
    assert requested(fading, requests) == ["c", "c", "a"]


def test_the_sketch_grows_with_the_cache() -> None:
    rule: TinyLfu = TinyLfu()
    cache = Guarded(Lru[str](10_000), rule)
    cells = rule._sketch.cells
    for n in range(6000):
        cache.admit(str(n), 1)
    assert rule._sketch.cells == 2 * cells


def test_a_sample_is_positive() -> None:
    with pytest.raises(ValueError, match="sample: must be greater than 0, not 0"):
        TinyLfu(sample=0)
