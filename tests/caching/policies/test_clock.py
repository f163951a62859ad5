from caching.policies.clock import Clock
from tests.caching.policies.behaviour import Behaviour


class TestBehaviour(Behaviour):
    make = Clock


def filled(keys: str = "abc") -> Clock[str]:
    policy: Clock[str] = Clock(10 * len(keys))
    for key in keys:
        assert policy.admit(key, 10) == []
    return policy


def test_what_was_asked_for_is_spared_once() -> None:
    clock = filled()
    clock.hit("a")
    assert clock.admit("d", 10) == ["b"]
    # The second chance put "a" behind "c", before "d".
    assert [clock.admit(key, 10) for key in "efg"] == [["c"], ["a"], ["d"]]


def test_two_hits_earn_no_more_than_one() -> None:
    clock = filled("a")
    clock.hit("a")
    clock.hit("a")
    assert clock.admit("b", 10) == ["a"]


def test_when_all_were_asked_for_the_oldest_goes_after_a_round() -> None:
    clock = filled()
    for key in "cab":
        clock.hit(key)
    assert clock.victim() == "a"
    assert clock.admit("d", 10) == ["a"]


def test_a_key_that_grows_gets_the_young_end_when_it_would_have_been_next() -> None:
    clock = filled()
    assert clock.admit("a", 20) == ["b"]
    assert clock.admit("d", 10) == ["c"]
    assert clock.admit("e", 10) == ["a"]
