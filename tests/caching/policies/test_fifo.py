import pytest

from caching.policies import Fifo


def filled(capacity_bytes: int = 30) -> Fifo:
    fifo = Fifo(capacity_bytes)
    for key in "abc":
        assert fifo.admit(key, 10) == []
    return fifo


def test_the_oldest_goes_however_often_it_was_asked_for() -> None:
    fifo = filled()
    fifo.hit("a")
    assert fifo.admit("d", 10) == ["a"]
    assert "a" not in fifo and len(fifo) == 3 and fifo.used_bytes == 30


def test_as_many_go_as_need_be_in_order() -> None:
    fifo = filled()
    assert fifo.admit("d", 15) == ["a", "b"]
    assert fifo.used_bytes == 25


def test_what_is_larger_than_the_cache_is_not_admitted_and_evicts_nothing() -> None:
    fifo = filled()
    assert fifo.admit("d", 31) == ["d"]
    assert len(fifo) == 3 and "d" not in fifo


def test_a_key_that_outgrows_the_cache_leaves_it() -> None:
    fifo = filled()
    assert fifo.admit("b", 31) == ["b"]
    assert "b" not in fifo and fifo.used_bytes == 20


def test_a_key_that_grows_keeps_its_place_and_is_not_its_own_victim() -> None:
    fifo = filled()
    assert fifo.admit("a", 15) == ["b"]
    assert fifo.admit("d", 10) == ["a"]


def test_a_key_that_shrinks_gives_its_bytes_back() -> None:
    fifo = filled()
    assert fifo.admit("b", 1) == [] and fifo.used_bytes == 21
    fifo.remove("b")
    assert fifo.used_bytes == 20


@pytest.mark.parametrize("call", [Fifo.hit, Fifo.remove])
def test_a_key_that_is_not_held_is_an_error(call: object) -> None:
    with pytest.raises(KeyError):
        call(filled(), "x")  # type: ignore[operator]


def test_a_capacity_is_positive() -> None:
    with pytest.raises(ValueError, match="capacity_bytes: must be greater than 0, not 0"):
        Fifo(0)


def test_repr_tells_how_full_it_is() -> None:
    assert repr(filled()) == "Fifo(3 keys, 30 of 30 bytes)"
