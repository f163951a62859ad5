"""What time does to entries: cachetools' TTLCache and every policy's expiring mapping, by the same cases."""

import copy
import pickle
from typing import Any, NamedTuple

import cachetools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caching.expiring import ExpiringCache
from caching.policies import POLICIES
from tests.caching.kinds import Clock, Kind

KINDS = {
    "cachetools": Kind(cachetools.TTLCache, {}),
    **{name: Kind(ExpiringCache, {"policy": name}) for name in POLICIES},
}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


class Timed(NamedTuple):
    """A cache and the clock it goes by."""

    cache: Any
    clock: Clock


def timed(kind: Kind, maxsize: int = 10, ttl: float = 5, getsizeof: Any = None) -> Timed:
    clock = Clock()
    return Timed(kind.make(maxsize, getsizeof, ttl=ttl, timer=clock), clock)


@every_kind
def test_an_entry_is_there_until_its_time_is_over(kind: Kind) -> None:
    cache, clock = timed(kind)
    cache["a"] = 1
    clock.now = 4.9
    assert "a" in cache and cache["a"] == 1 and len(cache) == cache.currsize == 1
    clock.now = 5
    assert "a" not in cache and cache.get("a") is None and list(cache) == [] and not cache.items()
    with pytest.raises(KeyError, match="a"):
        cache["a"]
    assert len(cache) == cache.currsize == 0 and cache.ttl == 5 and cache.timer() == 5


@every_kind
def test_to_assign_starts_the_time_anew_and_to_look_up_does_not(kind: Kind) -> None:
    cache, clock = timed(kind)
    cache.update({"a": 1, "b": 2})
    clock.now = 3
    cache["a"] = 3
    cache["b"]
    clock.now = 6
    assert sorted(cache.items()) == [("a", 3)]


@every_kind
def test_what_has_expired_makes_room_before_anything_else(kind: Kind) -> None:
    cache, clock = timed(kind, maxsize=3)
    cache.update({"a": 1, "b": 2})
    clock.now = 3
    cache["c"] = 3
    cache["a"], cache["b"]
    clock.now = 5
    cache.update({"d": 4, "e": 5})
    assert sorted(cache) == ["c", "d", "e"]


@every_kind
def test_expire_gives_what_went_the_oldest_first(kind: Kind) -> None:
    cache, clock = timed(kind)
    for clock.now, key in enumerate("abc"):
        cache[key] = key
    assert list(cache.expire()) == []
    assert list(cache.expire(6)) == [("a", "a"), ("b", "b")]
    clock.now = 7
    assert list(cache.expire()) == [("c", "c")] and list(cache.expire()) == []


@every_kind
def test_to_delete_or_pop_what_has_expired_is_to_miss(kind: Kind) -> None:
    cache, clock = timed(kind)
    cache.update({"a": 1, "b": 2, "c": 3})
    assert cache.pop("c") == 3
    clock.now = 9
    with pytest.raises(KeyError, match="a"):
        del cache["a"]
    assert cache.pop("b", None) is None
    with pytest.raises(KeyError, match="b"):
        cache.pop("b")
    with pytest.raises(KeyError, match="is empty"):
        cache.popitem()
    assert cache.setdefault("b", 4) == 4 and cache["b"] == 4


@every_kind
def test_popitem_gives_only_what_is_alive(kind: Kind) -> None:
    cache, clock = timed(kind)
    cache["a"] = 1
    clock.now = 3
    cache["b"] = 2
    clock.now = 6
    assert cache.popitem() == ("b", 2) and len(cache) == 0


@every_kind
def test_a_missing_value_takes_the_place_of_an_expired_one(kind: Kind) -> None:
    clock = Clock()
    cache: Any = kind.derived(__missing__=lambda self, key: key.upper())(10, ttl=5, timer=clock)
    cache["a"] = "x"
    assert (cache["a"], cache["b"]) == ("x", "B")
    clock.now = 5
    assert (cache["a"], cache.get("a"), "a" in cache) == ("A", None, False)


@every_kind
def test_a_refused_value_leaves_the_old_one_its_time(kind: Kind) -> None:
    cache, clock = timed(kind, getsizeof=lambda value: value)
    cache["a"] = 1
    clock.now = 3
    with pytest.raises(ValueError, match="value too large"):
        cache["a"] = 11
    assert cache["a"] == 1
    clock.now = 5
    assert "a" not in cache


@every_kind
def test_clear_forgets_the_times_too(kind: Kind) -> None:
    cache, clock = timed(kind)
    cache["a"] = 1
    cache.clear()
    clock.now = 4
    cache["a"] = 2
    clock.now = 8
    assert cache["a"] == 2


@every_kind
def test_copies_keep_the_times_and_go_their_own_way(kind: Kind) -> None:
    cache, clock = timed(kind)
    cache.update({"a": 1, "b": 2})
    twin, thawed = copy.copy(cache), pickle.loads(pickle.dumps(cache))
    del twin["a"]
    twin["c"] = 3
    clock.now = 4
    assert sorted(cache) == ["a", "b"] and sorted(twin) == ["b", "c"] and sorted(thawed) == ["a", "b"]
    clock.now = 6
    assert not cache and not twin
    assert sorted(thawed) == ["a", "b"], "its clock was pickled, too"


@every_kind
def test_a_listing_is_whole_though_time_passes_meanwhile(kind: Kind) -> None:
    class Ticking(Clock):
        def __call__(self) -> float:
            self.now += 1
            return self.now

    clock = Ticking()
    cache = kind.make(10, ttl=7, timer=clock)
    cache.update(zip("abc", range(3), strict=True))
    assert {key for key, _ in cache.items()} <= {"a", "b", "c"}


calls = st.lists(st.tuples(st.sampled_from("==g dpt"), st.integers(0, 5), st.integers(0, 4)), max_size=80)


@settings(max_examples=150, deadline=None)
@given(calls=calls)
def test_over_lru_it_decides_as_cachetools_does(calls: list[tuple[str, int, int]]) -> None:
    pairs = [timed(KINDS[name], 10, 5, lambda value: value) for name in ("cachetools", "lru")]
    for call, key, size in calls:
        for _, clock in pairs:
            clock.now += size if call == "t" else 0
        theirs, ours = (applied(cache, call, key, size) for cache, _ in pairs)
        assert ours == theirs


def applied(cache: Any, call: str, key: int, size: int) -> Any:
    """What a call gives, or the kind of its complaint; and who is there afterwards."""
    result = None
    try:
        match call:
            case "=":
                cache[key] = size
            case "g":
                result = cache.get(key)
            case "d":
                del cache[key]
            case "p":
                result = cache.popitem()
            case _:
                result = cache[key]
    except KeyError as error:
        result = type(error)
    return result, sorted(cache), len(cache), cache.currsize


def test_a_time_to_live_is_not_negative() -> None:
    with pytest.raises(ValueError, match="ttl: must not be negative, not -1"):
        ExpiringCache(2, -1, Clock(), policy="lru")
