import pytest

from caching import Dropped, Fetch, NotStored, Outcome, Reason, Serve
from caching.flights import Flight, FlightState
from caching.headers import Headers
from caching.validation import freshen, speaks_of
from tests.caching.driver import Shelf
from tests.caching.samples import T0_MS, cache, entry, head, request
from tests.caching.test_exchange import Stage

LATER_MS = T0_MS + 90_000


@pytest.mark.parametrize(
    ("stored", "received", "same"),
    [
        ({"etag": '"a"'}, {}, True),
        ({"etag": '"a"'}, {"etag": '"a"'}, True),
        ({"etag": '"a"'}, {"etag": 'W/"a"'}, True),
        ({"etag": '"a"'}, {"etag": '"b"'}, False),
        ({"etag": 'W/"a"'}, {"etag": 'W/"b"'}, False),
        ({}, {"etag": '"b"'}, True),
    ],
)
def test_a_304_with_another_tag_is_about_something_else(
    stored: dict[str, str], received: dict[str, str], same: bool
) -> None:
    assert speaks_of(head(304, **received), entry(**stored)) is same


@pytest.mark.parametrize(
    ("asked", "received", "why_not", "kept"),
    [
        ({}, {}, None, True),
        ({}, {"cache_control": ""}, None, True),
        ({}, {"cache_control": "no-store"}, NotStored.NO_STORE, False),
        ({}, {"cache_control": "private, max-age=60"}, NotStored.PRIVATE, False),
        ({"authorization": "x"}, {}, NotStored.AUTHORIZATION, True),
        ({"authorization": "x"}, {"cache_control": "s-maxage=60"}, None, True),
    ],
)
def test_a_304_may_take_back_that_it_is_shared(
    asked: dict[str, str], received: dict[str, str], why_not: NotStored | None, kept: bool
) -> None:
    shelf, stored = Shelf(), entry(etag='"a"')
    made, flight = cache(shelf), Flight(stored.key, 0, ())
    shelf.open(stored.serial)
    made.index.commit(stored)
    made.flights.open(flight)
    fresh, why = freshen(
        made, flight, stored, request(**asked), head(304, **received), asked_ms=LATER_MS, now_ms=LATER_MS
    )
    assert why is why_not and made.index.holds(stored) is kept
    assert shelf.causes == ([] if kept else [Dropped.REPLACED])
    found = made.index.find(stored.key, Headers()).entry
    assert (found is fresh) is (why_not is None)
    assert flight.state is (FlightState.REVALIDATED if why_not is None else FlightState.UNSHARABLE)
    assert len(made.flights) == 0


def test_after_a_304_about_something_else_the_whole_is_asked_for() -> None:
    """RFC 9111 section 4.3.4: it must not be used to update what is stored."""
    stage = Stage()
    stage.stock(head(cache_control="max-age=10", content_length="10", etag='"a"'))
    leader = stage.leader(11_000)
    again = leader.on_head(head(304, etag='"b"'), T0_MS + 11_000)
    assert isinstance(again, Fetch) and "if-none-match" not in again.headers
    stage.fill(leader, head(cache_control="max-age=10", content_length="10", etag='"b"'), 11_000)
    leader.on_filled(10)
    leader.finish()
    assert (leader.record.outcome, leader.record.reason) == (Outcome.EXPIRED, Reason.EXPIRED)
    served = stage.exchange().begin(T0_MS + 12_000)
    assert isinstance(served, Serve) and served.entry.etag == '"b"'


def test_a_304_to_a_request_without_a_condition_is_no_answer() -> None:
    stage = Stage()
    stage.stock(head(cache_control="max-age=10, must-revalidate", content_length="10", etag='"a"'))
    leader = stage.leader(11_000)
    assert isinstance(leader.on_head(head(304, etag='"b"'), T0_MS + 11_000), Fetch)
    leader.on_head(head(304, etag='"b"'), T0_MS + 11_000)
    leader.finish()
    assert (leader.record.outcome, leader.record.reason) == (Outcome.REFUSED, Reason.UPSTREAM_INVALID)


def test_one_that_names_other_fields_in_vary_is_good_for_now_and_for_those_who_wait() -> None:
    stage = Stage()
    stage.stock(head(cache_control="max-age=10", etag='"a"'))
    leader, same, other = (
        stage.leader(10_000, accept="x"),
        *(stage.follower(10_000, accept=accept) for accept in "xy"),
    )
    served = leader.on_head(head(304, vary="accept"), T0_MS + 10_000)
    assert isinstance(served, Serve) and leader.record.not_stored is NotStored.VARY_CHANGED
    assert isinstance(same.on_flight(T0_MS + 10_000), Serve)
    assert isinstance(other.on_flight(T0_MS + 10_000), Fetch)
    assert len(stage.cache.index) == 0
