"""Who is believed to be a node of the tier."""

from hypothesis import given
from hypothesis import strategies as st

from caching import Headers
from caching.badge import Badge
from caching.messages import PEER, end_to_end

ONE = Badge("edge-1", "secret")


def shown(badge: Badge) -> Headers:
    return Headers([] if badge.field is None else [badge.field])


def test_who_holds_the_secret_is_believed_by_who_holds_it() -> None:
    assert ONE.proves(shown(Badge("edge-2", "secret"))) and ONE.proves(shown(ONE))
    assert not ONE.proves(shown(Badge("edge-2", "another")))


def test_without_a_secret_nobody_is() -> None:
    none = Badge("edge-1", "")
    assert none.field is None
    assert not none.proves(shown(ONE)) and not none.proves(Headers([(PEER, "edge-2=")]))


def test_a_name_alone_or_with_anothers_proof_is_not() -> None:
    assert ONE.field is not None
    proof = ONE.field[1].partition("=")[2]
    for value in ("edge-1", "edge-1=", f"edge-2={proof}", proof, "", f"edge-1={proof}, edge-1={proof}"):
        assert not ONE.proves(Headers([(PEER, value)])), value
    assert not ONE.proves(Headers([("cdn-loop", "edge-1"), ("headwater-position", "5")]))
    assert not ONE.proves(Headers([ONE.field, ONE.field]))


@given(st.text(st.characters(max_codepoint=255)))
def test_nothing_that_is_made_up_is_and_nothing_raises(value: str) -> None:
    assert not ONE.proves(Headers([(PEER, value)]))


def test_it_is_for_one_connection_and_holds_no_secret() -> None:
    assert len(end_to_end(shown(ONE))) == 0
    assert ONE.field is not None and "secret" not in ONE.field[1]
