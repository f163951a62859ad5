import pytest

from caching import Dropped, Exchange, Fetch, NotStored, Outcome, Reason, Relay, Serve
from caching.fields import format_http_date
from caching.flights import Flight, FlightState
from caching.headers import Headers
from caching.validation import agrees_with, freshen, speaks_of
from tests.caching.driver import Shelf
from tests.caching.samples import T0_MS, cache, entry, head, request
from tests.caching.test_exchange import Stage

NOW = format_http_date(T0_MS)
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


@pytest.mark.parametrize(
    ("status", "received", "agrees"),
    [
        (200, {"etag": '"a"', "content_length": "10"}, True),
        (200, {"etag": '"a"'}, True),
        (200, {"content_length": "10"}, True),
        (200, {"etag": '"a"', "last_modified": NOW}, False),
        (200, {"etag": '"b"', "content_length": "10"}, False),
        (200, {"etag": '"a"', "content_length": "11"}, False),
        (200, {}, False),
        (404, {"etag": '"a"'}, False),
    ],
)
def test_what_the_answer_to_a_head_says_of_what_is_stored(
    status: int, received: dict[str, str], agrees: bool
) -> None:
    """RFC 9111 section 4.3.5."""
    assert agrees_with(head(status, **received), entry(etag='"a"', size_bytes=10)) is agrees


class TestHead:
    def stocked(self) -> Stage:
        stage = Stage()
        stage.stock(head(cache_control="max-age=10, stale-if-error=5", content_length="10", etag='"a"'))
        return stage

    def headed(self, stage: Stage) -> Exchange:
        """A HEAD of what is stale, which went upstream as it is."""
        exchange = stage.exchange("/a", "HEAD")
        fetch = exchange.begin(T0_MS + 11_000)
        assert isinstance(fetch, Fetch) and fetch.method == "HEAD"
        assert fetch.headers.get("if-none-match") == '"a"'
        return exchange

    def test_what_still_holds_is_fresh_for_all(self) -> None:
        stage = self.stocked()
        exchange = self.headed(stage)
        follower = stage.follower(11_000)
        answer = head(etag='"a"', content_length="10", cache_control="max-age=10", x_note="1")
        served = exchange.on_head(answer, T0_MS + 11_000)
        assert isinstance(served, Serve) and served.reply.body is None
        assert exchange.record.outcome is Outcome.REVALIDATED
        followed = follower.on_flight(T0_MS + 11_000)
        assert isinstance(followed, Serve) and followed.entry.headers.get("x-note") == "1"
        assert isinstance(stage.exchange().begin(T0_MS + 20_000), Serve)

    def test_what_has_changed_is_asked_for_by_who_wants_the_body(self) -> None:
        stage = self.stocked()
        exchange = self.headed(stage)
        follower = stage.follower(11_000)
        relay = exchange.on_head(head(etag='"b"', content_length="10"), T0_MS + 11_000)
        assert isinstance(relay, Relay) and relay.fill is None and relay.reply.body is None
        assert exchange.record.not_stored is NotStored.METHOD
        asked = follower.on_flight(T0_MS + 11_000)
        assert isinstance(asked, Fetch) and asked.method == "GET"
        assert follower.stored is not None and follower.stored.soft_purged_ms == T0_MS + 11_000
        follower.finish()

    def test_what_is_gone_leaves(self) -> None:
        stage = self.stocked()
        self.headed(stage).on_head(head(410), T0_MS + 11_000)
        assert stage.shelf.causes == [Dropped.REPLACED]

    def test_an_error_is_replaced_as_for_a_get(self) -> None:
        served = self.headed(self.stocked()).on_head(head(503), T0_MS + 11_000)
        assert isinstance(served, Serve) and served.reply.status == 200 and served.reply.body is None
