import pytest

from caching import Failure, Purge, Scope
from caching.flights import Flight, Flights, FlightState
from caching.vary import selection_of
from tests.caching.samples import entry, fields, key_of

KEY = key_of("/a")
PLAIN = fields()


def flight(key: str = KEY, **selected: str) -> Flight:
    return Flight(key, 3, selection_of(tuple(sorted(selected)), fields(**selected)))


def opened(*flights: Flight) -> Flights:
    table = Flights()
    for each in flights:
        table.open(each)
    return table


def test_a_flight_that_is_decided_tells_all_who_wait_in_order() -> None:
    told: list[str] = []
    leader = flight()
    for name in ("first", "second"):
        leader.on_decided(lambda name=name: told.append(name))  # type: ignore[misc]
    assert told == [] and not leader.decided
    leader.decide(FlightState.FILLING, entry())
    assert told == ["first", "second"] and leader.decided
    leader.on_decided(lambda: told.append("late"))
    assert told == ["first", "second", "late"]


def test_a_flight_is_decided_once() -> None:
    leader = flight()
    leader.decide(FlightState.FAILED, failure=Failure.TIMEOUT)
    assert leader.failure is Failure.TIMEOUT
    with pytest.raises(RuntimeError, match="was failed and cannot be abandoned"):
        leader.decide(FlightState.ABANDONED)


def test_a_request_joins_the_flight_of_its_key() -> None:
    leader = flight()
    table = opened(leader, flight(key_of("/b")))
    assert table.joinable(KEY, PLAIN) is leader
    assert table.joinable(key_of("/c"), PLAIN) is None
    table.close(leader)
    assert table.joinable(KEY, PLAIN) is None and len(table) == 1


def test_of_several_flights_a_request_joins_that_of_its_variant() -> None:
    english, french = flight(accept="en"), flight(accept="fr")
    table = opened(english, french)
    assert table.joinable(KEY, fields(accept="fr")) is french
    assert table.joinable(KEY, fields(accept="en")) is english
    assert table.joinable(KEY, PLAIN) is None


def test_once_the_head_is_there_its_vary_decides() -> None:
    leader = flight()
    table = opened(leader)
    leader.decide(FlightState.FILLING, entry(vary="accept"))
    assert table.joinable(KEY, PLAIN) is leader and table.joinable(KEY, fields(accept="x")) is None


def test_the_newest_of_equal_flights_is_joined() -> None:
    newest = flight()
    assert opened(flight(), newest).joinable(KEY, PLAIN) is newest


def test_closing_twice_is_no_harm() -> None:
    leader = flight()
    table = opened(leader)
    table.close(leader)
    table.close(leader)
    assert len(table) == 0


@pytest.mark.parametrize(
    ("purge", "pending", "filling"),
    [
        (Purge(Scope.URL, KEY), True, True),
        (Purge(Scope.PREFIX, "/b"), False, False),
        # as long as the head is not there, its tags may be any
        (Purge(Scope.TAG, "x"), True, True),
        (Purge(Scope.TAG, "y"), True, False),
        (Purge(Scope.ALL), True, True),
    ],
)
def test_what_a_purge_outdates(purge: Purge, pending: bool, filling: bool) -> None:
    waiting, arriving = flight(), flight(other="variant")
    table = opened(waiting, arriving)
    arriving.decide(FlightState.FILLING, entry(cache_tag="x"))
    table.outdate(purge)
    assert (waiting.outdated, arriving.outdated) == (pending, filling)
    assert len(table) == (not pending) + (not filling)


@pytest.mark.parametrize(
    ("site", "group", "pending", "filling"),
    [
        ("http://cdn.test", "g", True, True),
        ("http://cdn.test", "h", True, False),
        ("http://other.test", "g", False, False),
    ],
)
def test_what_the_invalidation_of_a_group_outdates(
    site: str, group: str, pending: bool, filling: bool
) -> None:
    waiting, arriving = flight(), flight(other="variant")
    table = opened(waiting, arriving)
    arriving.decide(FlightState.FILLING, entry(cache_groups='"g"'))
    table.outdate_group(site, group)
    assert (waiting.outdated, arriving.outdated) == (pending, filling)


def test_a_purge_of_another_query_outdates_what_would_answer_it() -> None:
    waiting, arriving, own = flight(), flight(other="variant"), flight(other="still")
    table = opened(waiting, arriving, own)
    arriving.decide(FlightState.FILLING, entry(no_vary_search="params"))
    own.decide(FlightState.FILLING, entry())
    table.outdate(Purge(Scope.URL, f"{KEY}?x=1"))
    assert (waiting.outdated, arriving.outdated, own.outdated) == (True, True, False)


def test_nobody_waits_for_the_head_of_one_that_goes_alone() -> None:
    leader = flight()
    leader.alone = True
    table = opened(leader)
    assert table.joinable(KEY, PLAIN) is None
    leader.decide(FlightState.FILLING, entry())
    assert table.joinable(KEY, PLAIN) is leader


def test_repr_tells_state() -> None:
    leader = flight()
    opened(leader).outdate(Purge(Scope.ALL))
    assert repr(leader) == f"Flight('{KEY}', pending, outdated)"


def test_what_is_under_way_is_counted_until_it_ends_though_nobody_may_join_it() -> None:
    purged, alone = flight(), flight(key_of("/b"))
    alone.alone = True
    table = opened(purged, alone)
    assert table.under_way == 1 and len(table) == 2
    table.outdate(Purge(Scope.ALL))
    assert table.under_way == 1 and len(table) == 0
    table.withdraw(purged)
    table.close(purged)
    table.close(purged)
    assert table.under_way == 0
