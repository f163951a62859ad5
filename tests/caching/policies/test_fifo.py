from caching.policies import Fifo
from tests.caching.policies.behaviour import Behaviour


class TestBehaviour(Behaviour):
    make = Fifo


def filled() -> Fifo[str]:
    fifo: Fifo[str] = Fifo(30)
    for key in "abc":
        assert fifo.admit(key, 10) == []
    return fifo


def test_the_oldest_goes_however_often_it_was_asked_for() -> None:
    fifo = filled()
    fifo.hit("a")
    assert fifo.victim() == "a"
    assert fifo.admit("d", 10) == ["a"]
    assert "a" not in fifo and len(fifo) == 3 and fifo.used_bytes == 30


def test_as_many_go_as_need_be_in_order() -> None:
    fifo = filled()
    assert fifo.admit("d", 15) == ["a", "b"]
    assert fifo.used_bytes == 25


def test_a_key_that_grows_keeps_its_place() -> None:
    fifo = filled()
    assert fifo.admit("a", 15) == ["b"]
    assert fifo.admit("d", 10) == ["a"]


def test_a_smaller_capacity_evicts_the_oldest_in_order() -> None:
    assert filled().resize(10) == ["a", "b"]
