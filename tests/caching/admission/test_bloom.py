from hypothesis import given, settings
from hypothesis import strategies as st

from caching.admission.bloom import RotatingBloom
from caching.policies.sketch import key_digest


def digests(name: str, number: int) -> list[int]:
    return [key_digest(f"{name}-{n}") for n in range(number)]


def test_what_was_noted_is_seen() -> None:
    bloom = RotatingBloom(1000)
    keys = digests("a", 1000)
    assert not any(bloom.seen(key) for key in keys[:20])
    for key in keys:
        bloom.seen(key)
    assert all(bloom.seen(key) for key in keys)


def test_few_others_are_taken_for_seen() -> None:
    bloom = RotatingBloom(1000)
    for key in digests("a", 2000):  # fills both filters
        bloom.seen(key)
    strangers = digests("b", 100)
    assert sum(bloom.seen(key) for key in strangers) <= 8


@settings(max_examples=50, deadline=None)
@given(keys=st.lists(st.integers(0, 60), max_size=200), window=st.integers(1, 30))
def test_the_last_so_many_are_never_forgotten(keys: list[int], window: int) -> None:
    bloom = RotatingBloom(window)
    for k, key in enumerate(keys):
        assert bloom.seen(key_digest(str(key))) or key not in keys[max(0, k - window) : k]


def test_the_rest_is_forgotten() -> None:
    bloom = RotatingBloom(100)
    first, *others = digests("a", 2000)
    bloom.seen(first)
    for key in others:
        bloom.seen(key)
    assert not bloom.seen(first)
