import pickle
from copy import deepcopy

from caching.policies import Lru
from tests.caching.policies.behaviour import Behaviour


class TestBehaviour(Behaviour):
    make = Lru


def filled() -> Lru[str]:
    lru: Lru[str] = Lru(30)
    for key in "abc":
        assert lru.admit(key, 10) == []
    return lru


def test_the_least_recently_used_goes() -> None:
    lru = filled()
    lru.hit("a")
    assert lru.admit("d", 10) == ["b"]
    assert lru.victim() == "c"
    assert lru.admit("e", 10) == ["c"]
    assert "a" in lru


def test_to_be_admitted_again_is_a_use() -> None:
    lru = filled()
    assert lru.admit("a", 10) == []
    assert lru.admit("d", 10) == ["b"]


def test_a_key_that_grows_evicts_the_others() -> None:
    lru = filled()
    assert lru.admit("a", 25) == ["b", "c"]
    assert lru.used_bytes == 25


def test_a_copy_has_an_order_of_its_own() -> None:
    lru = filled()
    for copy in (deepcopy(lru), pickle.loads(pickle.dumps(lru))):
        copy.hit("a")
        assert copy.victim() == "b" and lru.victim() == "a"
        assert copy.admit("d", 10) == ["b"] and copy.used_bytes == 30
