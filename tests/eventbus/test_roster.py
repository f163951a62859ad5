"""Leases and confirmations in virtual time."""

from hypothesis import given, settings
from hypothesis import strategies as st

from eventbus.events import Member
from eventbus.roster import Confirmation, Receipt, ReceiptState, Roster

STALENESS_MS = 1_000
LEASE_MS = 1_011
"""With one percent of drift and a millisecond of rounding."""
LATER_MS = 10_000
"""A time at which no lease of a former life can be left."""


def edge(number: int) -> Member:
    return Member(f"edge-{number}", f"http://127.0.0.1:{8080 + number}")


def roster(*numbers: int) -> Roster:
    made = Roster(STALENESS_MS, started_ms=0)
    for number in numbers:
        assert made.admit(edge(number), applied=0, sent_ms=0, now_ms=LATER_MS)
    return made


def states(confirmation: Confirmation) -> dict[str, tuple[str, int]]:
    return {receipt.name: (receipt.state, receipt.after_ms) for receipt in confirmation.receipts}


def test_a_record_holds_when_everyone_has_applied_it() -> None:
    members = roster(1, 2)
    wait = members.confirm(1, accepted_ms=LATER_MS, now_ms=LATER_MS)
    members.hear("edge-1", 1, sent_ms=0, now_ms=LATER_MS + 3)
    assert not wait.holds(LATER_MS + 3)
    members.hear("edge-2", 1, sent_ms=0, now_ms=LATER_MS + 5)
    assert wait.holds(LATER_MS + 5)
    assert wait.receipts == [
        Receipt("edge-1", ReceiptState.CONFIRMED, 3),
        Receipt("edge-2", ReceiptState.CONFIRMED, 5),
    ]


def test_an_older_ack_confirms_nothing() -> None:
    members = roster(1)
    wait = members.confirm(2, accepted_ms=LATER_MS, now_ms=LATER_MS)
    members.hear("edge-1", 1, sent_ms=0, now_ms=LATER_MS + 1)
    assert not wait.holds(LATER_MS + 1)


def test_a_silent_member_is_fenced_one_lease_after_it_last_spoke_and_not_before() -> None:
    members = roster(1)
    members.hear("edge-1", 0, sent_ms=7, now_ms=LATER_MS + 400)
    wait = members.confirm(1, accepted_ms=LATER_MS + 400, now_ms=LATER_MS + 400)
    assert members.lapse(LATER_MS + 400 + LEASE_MS - 1) == []
    assert not wait.holds(LATER_MS + 400 + LEASE_MS - 1)
    assert members.lapse(LATER_MS + 400 + LEASE_MS) == ["edge-1"]
    assert states(wait) == {"edge-1": ("fenced", LEASE_MS)}
    assert members.members == ()


def test_a_goodbye_ends_the_wait_at_once() -> None:
    members = roster(1, 2)
    wait = members.confirm(1, accepted_ms=LATER_MS, now_ms=LATER_MS)
    members.leave("edge-2", LATER_MS + 2)
    members.hear("edge-1", 1, sent_ms=0, now_ms=LATER_MS + 4)
    assert states(wait) == {"edge-2": ("left", 2), "edge-1": ("confirmed", 4)}


def test_a_member_that_comes_back_confirms_with_its_hello() -> None:
    members = roster(1)
    wait = members.confirm(3, accepted_ms=LATER_MS, now_ms=LATER_MS)
    assert members.admit(edge(1), applied=2, sent_ms=0, now_ms=LATER_MS + 10)
    assert not wait.holds(LATER_MS + 10)
    assert members.admit(edge(1), applied=3, sent_ms=0, now_ms=LATER_MS + 20)
    assert states(wait) == {"edge-1": ("confirmed", 20)}


def test_who_joins_after_the_record_is_not_waited_for() -> None:
    members = roster()
    wait = members.confirm(1, accepted_ms=LATER_MS, now_ms=LATER_MS)
    members.admit(edge(1), applied=0, sent_ms=0, now_ms=LATER_MS + 1)
    assert wait.holds(LATER_MS + 1)
    assert wait.receipts == []


def test_after_a_restart_leases_of_the_former_life_are_waited_for() -> None:
    members = Roster(STALENESS_MS, started_ms=50)
    wait = members.confirm(1, accepted_ms=60, now_ms=60)
    assert not wait.holds(50 + LEASE_MS - 1)
    assert wait.holds(50 + LEASE_MS)


def test_a_name_belongs_to_one_url_while_its_lease_runs() -> None:
    members = roster(1)
    rival = Member("edge-1", "http://127.0.0.1:9999")
    assert not members.admit(rival, applied=0, sent_ms=0, now_ms=LATER_MS + LEASE_MS - 1)
    assert members.members == (edge(1),)
    assert members.admit(rival, applied=0, sent_ms=0, now_ms=LATER_MS + LEASE_MS)
    assert members.members == (rival,)


def test_the_lease_is_told_in_the_member_s_own_time() -> None:
    members = roster(1)
    members.hear("edge-1", 0, sent_ms=123, now_ms=LATER_MS + 1)
    assert members.lease_from_ms("edge-1") == 123


def test_who_is_gone_may_still_say_something() -> None:
    members = roster(1)
    members.leave("edge-1", LATER_MS)
    members.leave("edge-1", LATER_MS)
    members.hear("edge-1", 1, sent_ms=0, now_ms=LATER_MS)
    assert members.members == ()


def test_a_released_wait_hears_no_more() -> None:
    members = roster(1)
    wait = members.confirm(1, accepted_ms=LATER_MS, now_ms=LATER_MS)
    members.release(wait)
    members.hear("edge-1", 1, sent_ms=0, now_ms=LATER_MS + 1)
    assert wait.receipts == []


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["hear", "leave", "lapse", "admit"]), st.integers(1, 3), st.integers(0, 900)
        ),
        max_size=30,
    )
)
def test_a_record_never_holds_while_a_member_may_serve_without_it(steps: list[tuple[str, int, int]]) -> None:
    """The model: an edge may serve what is purged until it applies, leaves, or its own lease has ended."""
    members, now_ms = roster(1, 2, 3), LATER_MS
    may_serve_until = dict.fromkeys((1, 2, 3), LATER_MS + STALENESS_MS)
    wait = members.confirm(1, accepted_ms=now_ms, now_ms=now_ms)
    for step, number, later_ms in steps:
        now_ms += later_ms
        if step == "hear" and edge(number) in members.members:
            members.hear(edge(number).name, 0, sent_ms=now_ms, now_ms=now_ms)
            if may_serve_until[number]:
                may_serve_until[number] = now_ms + STALENESS_MS
        elif step == "admit" and edge(number) in members.members:
            members.admit(edge(number), applied=1, sent_ms=now_ms, now_ms=now_ms)
            may_serve_until[number] = 0
        elif step == "leave":
            members.leave(edge(number).name, now_ms)
            may_serve_until[number] = 0
        members.lapse(now_ms)
        if wait.holds(now_ms):
            assert all(until_ms <= now_ms for until_ms in may_serve_until.values())
