"""When a client has kept the node waiting for too long, told from looks at it."""

from collections.abc import Iterable

import pytest

from caching.reasons import CutOff
from edge.patience import Patience, Terms, Wait, Waiting
from edge.settings import ClientLimits

LIMITS = ClientLimits(
    keepalive_timeout_ms=8_000,
    head_timeout_ms=6_000,
    stall_timeout_ms=4_000,
    min_send_bytes_per_s=1_000,
    min_receive_bytes_per_s=500,
)
"""Looks are a second apart: 8, 6 and 4 of them."""


def cut_off_at(looks: Iterable[Waiting | None], limits: ClientLimits = LIMITS) -> tuple[int, CutOff] | None:
    """After how many seconds it is cut off, and why."""
    patience = Patience(Terms(limits))
    for second, waiting in enumerate(looks):
        if (why := patience.look(waiting)) is not None:
            return second, why
    return None


def taking(bytes_per_s: int, seconds: int = 60) -> list[Waiting]:
    return [Waiting(Wait.READING, 0, second * bytes_per_s) for second in range(seconds)]


def test_looks_are_often_enough_for_the_shortest_time_and_not_too_far_apart() -> None:
    assert Terms(LIMITS).interval_ms == 1_000
    assert Terms(ClientLimits()).interval_ms == 2_000
    assert Terms(ClientLimits()).looks(Wait.READING) == 15


@pytest.mark.parametrize(
    ("wait", "second", "why"),
    [
        (Wait.REQUEST, 8, CutOff.IDLE),
        (Wait.HEAD, 6, CutOff.HEAD_UNFINISHED),
        (Wait.BODY, 4, CutOff.UPLOAD_SLOW),
        (Wait.READING, 4, CutOff.CLIENT_STALLED),
    ],
)
def test_who_does_nothing_is_cut_off_in_time(wait: Wait, second: int, why: CutOff) -> None:
    assert cut_off_at([Waiting(wait, 1, 7)] * 60) == (second, why)


@pytest.mark.parametrize("wait", Wait)
def test_what_is_about_another_message_begins_anew(wait: Wait) -> None:
    assert cut_off_at(Waiting(wait, number // 3) for number in range(60)) is None


@pytest.mark.parametrize("wait", Wait)
def test_time_in_which_nothing_is_waited_for_is_not_counted(wait: Wait) -> None:
    assert cut_off_at([Waiting(wait, 1), Waiting(wait, 1), None] * 20) is None


def test_a_head_that_comes_byte_by_byte_has_no_more_time_for_that() -> None:
    assert cut_off_at(Waiting(Wait.HEAD, 1, number) for number in range(60)) == (6, CutOff.HEAD_UNFINISHED)


def test_who_takes_too_little_is_cut_off_and_who_takes_enough_is_not() -> None:
    assert cut_off_at(taking(999)) == (4, CutOff.CLIENT_SLOW)
    assert cut_off_at(taking(1_000)) is None


def test_who_sends_too_little_is_cut_off_and_who_sends_enough_is_not() -> None:
    assert cut_off_at(Waiting(Wait.BODY, 1, 499 * n) for n in range(60)) == (4, CutOff.UPLOAD_SLOW)
    assert cut_off_at(Waiting(Wait.BODY, 1, 500 * n) for n in range(60)) is None


def test_without_a_rate_one_byte_in_time_is_enough() -> None:
    anything = ClientLimits(
        keepalive_timeout_ms=8_000, head_timeout_ms=6_000, stall_timeout_ms=4_000, min_send_bytes_per_s=0
    )
    assert cut_off_at([Waiting(Wait.READING, 0, number // 4) for number in range(60)], anything) is None
    assert cut_off_at([Waiting(Wait.READING, 0, 5)] * 60, anything) == (4, CutOff.CLIENT_STALLED)


def test_the_rate_is_that_of_the_last_while_and_not_of_all() -> None:
    fast = taking(1_000_000, 10)
    stalled = [Waiting(Wait.READING, 0, fast[-1].moved_bytes)] * 60
    assert cut_off_at([*fast, *stalled]) == (9 + 4, CutOff.CLIENT_STALLED)


def test_who_was_idle_at_the_last_look_is_known() -> None:
    patience = Patience(Terms(LIMITS))
    assert not patience.was_idle(1)
    patience.look(Waiting(Wait.REQUEST, 1))
    assert patience.was_idle(1) and not patience.was_idle(2)
    patience.look(None)
    assert not patience.was_idle(1)
