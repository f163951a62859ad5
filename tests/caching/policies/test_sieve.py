from caching.policies.sieve import Sieve
from tests.caching.policies.behaviour import Behaviour


class TestBehaviour(Behaviour):
    make = Sieve


def filled(keys: str = "abc") -> Sieve[str]:
    policy: Sieve[str] = Sieve(10 * len(keys))
    for key in keys:
        assert policy.admit(key, 10) == []
    return policy


def test_the_hand_spares_what_was_asked_for_and_goes_on_from_where_it_is() -> None:
    sieve = filled("abcd")
    sieve.hit("a")
    sieve.hit("b")
    assert sieve.admit("e", 10) == ["c"]
    sieve.hit("d")
    # The hand is at "d" and spares it; "e" was not asked for.
    assert sieve.admit("f", 10) == ["e"]
    # That was the young end: it begins again with "a", which is no longer marked.
    assert [sieve.admit(key, 10) for key in "gh"] == [["a"], ["b"]]


def test_a_hand_whose_key_left_as_the_youngest_looks_at_no_newcomer_before_the_oldest() -> None:
    sieve = filled("abc")
    sieve.hit("a")
    sieve.hit("b")
    assert sieve.victim() == "c"
    sieve.remove("c")
    assert sieve.admit("d", 10) == [] and sieve.admit("e", 10) == ["a"]


def test_what_is_spared_keeps_its_place() -> None:
    sieve = filled("abc")
    sieve.hit("a")
    assert sieve.admit("d", 10) == ["b"]
    sieve.remove("c")
    sieve.remove("d")
    assert sieve.admit("e", 10) == [] and sieve.admit("f", 10) == []
    assert sieve.admit("g", 10) == ["a"]


def test_to_name_the_victim_moves_the_hand_there() -> None:
    sieve = filled("abc")
    sieve.hit("a")
    assert sieve.victim() == "b"
    assert sieve.admit("d", 10) == ["b"]
