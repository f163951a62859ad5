import pytest

from caching.policies.base import Base, positive
from tests.caching.policies.behaviour import Behaviour


class Largest(Base[str]):
    """The largest goes first, the older of equals."""

    __slots__ = ()

    def hit(self, key: str) -> None:
        self._sizes[key]

    def _next(self, spare: str | None) -> str:
        return max((key for key in self._sizes if key != spare), key=self._sizes.__getitem__)

    def _insert(self, key: str) -> None:
        assert key in self._sizes

    def _forget(self, key: str) -> None:
        assert key in self._sizes


class TestBehaviour(Behaviour):
    make = Largest


def test_room_is_made_before_the_newcomer_stands_among_the_candidates() -> None:
    policy = Largest(30)
    policy.admit("a", 10)
    policy.admit("b", 20)
    assert policy.victim() == "b"
    assert policy.admit("c", 30) == ["b", "a"]


def test_a_figure_that_must_be_positive_is_named() -> None:
    assert positive("small_bytes", 1) == 1
    with pytest.raises(ValueError, match="small_bytes: must be greater than 0, not -5"):
        positive("small_bytes", -5)
