from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching.demand import NOTHING, Demand, demand_of
from caching.fields import MAX_DELTA_S
from tests.caching.samples import SETTINGS, T0_MS, entry, request


@pytest.mark.parametrize(
    ("fields", "demand"),
    [
        ({}, NOTHING),
        ({"cache_control": "no-cache"}, Demand(no_cache=True)),
        ({"cache_control": "No-Store, x"}, Demand(no_store=True)),
        ({"cache_control": "only-if-cached"}, Demand(only_if_cached=True)),
        ({"cache_control": "max-age=5, min-fresh=7"}, Demand(max_age_ms=5_000, min_fresh_ms=7_000)),
        ({"cache_control": "max-stale=9"}, Demand(max_stale_ms=9_000)),
        ({"cache_control": "max-stale"}, Demand(max_stale_ms=MAX_DELTA_S * 1000)),
        ({"cache_control": "stale-if-error=9"}, Demand(stale_if_error_ms=9_000)),
        # what cannot be understood asks for nothing
        ({"cache_control": "max-age=soon, max-stale=x, min-fresh=-1"}, NOTHING),
        ({"cache_control": "nothing-to-see-here"}, NOTHING),
        # RFC 9111 section 5.4
        ({"pragma": "no-cache"}, Demand(no_cache=True)),
        ({"pragma": "no-cache", "cache_control": "x"}, NOTHING),
        ({"pragma": "no-store"}, NOTHING),
    ],
)
def test_directives(fields: dict[str, str], demand: Demand) -> None:
    assert demand_of(request(**fields), SETTINGS) == demand


def test_a_peer_has_staleness_of_its_own() -> None:
    asked = request(cache_control="max-age=5, max-stale=9, stale-if-error=9")._replace(from_peer=True)
    assert demand_of(asked, SETTINGS) == Demand(from_peer=True, max_age_ms=5_000)
    assert demand_of(request()._replace(from_peer=True), SETTINGS) == Demand(from_peer=True)


def test_a_public_cdn_does_not_listen() -> None:
    deaf = replace(SETTINGS, honour_request_directives=False)
    assert demand_of(request(cache_control="no-cache, only-if-cached", pragma="no-cache"), deaf) == NOTHING


@pytest.mark.parametrize(
    ("cache_control", "demand", "met"),
    [
        ("max-age=60", NOTHING, True),
        ("max-age=60", Demand(no_cache=True), False),
        ("max-age=60", Demand(max_age_ms=11_000), True),
        ("max-age=60", Demand(max_age_ms=10_000), False),
        ("max-age=60", Demand(min_fresh_ms=50_000), True),
        ("max-age=60", Demand(min_fresh_ms=50_001), False),
        ("max-age=60, immutable", Demand(no_cache=True, max_age_ms=0), True),
        ("max-age=60, immutable", Demand(min_fresh_ms=50_001), False),
    ],
)
def test_what_a_fresh_entry_meets_ten_seconds_later(cache_control: str, demand: Demand, met: bool) -> None:
    assert demand.is_met_by(entry(cache_control=cache_control), T0_MS + 10_000) is met


@pytest.mark.parametrize(
    ("cache_control", "demand", "stale_ms", "error_ms"),
    [
        ("max-age=60", NOTHING, 0, 0),
        ("max-age=60", Demand(max_stale_ms=5, stale_if_error_ms=7), 5, 7),
        ("max-age=60, stale-if-error=1", Demand(stale_if_error_ms=7), 0, 1_000),
        ("max-age=60, stale-if-error=1", Demand(no_cache=True, max_stale_ms=5), 0, 0),
        ("max-age=60, must-revalidate", Demand(max_stale_ms=5, stale_if_error_ms=7), 0, 0),
        ("s-maxage=60", Demand(max_stale_ms=5, stale_if_error_ms=7), 0, 0),
        ("max-age=60", Demand(max_stale_ms=10**15), SETTINGS.max_stale_ms, 0),
    ],
)
def test_how_stale_an_entry_it_takes(
    cache_control: str, demand: Demand, stale_ms: int, error_ms: int
) -> None:
    stored = entry(cache_control=cache_control)
    assert (demand.stale_ms(stored), demand.error_ms(stored)) == (stale_ms, error_ms)


@given(st.text(), st.text())
def test_nothing_that_a_client_says_raises(control: str, pragma: str) -> None:
    demand = demand_of(request(cache_control=control, pragma=pragma), SETTINGS)
    assert (
        min(demand.min_fresh_ms, demand.max_stale_ms, demand.stale_if_error_ms, demand.max_age_ms or 0) >= 0
    )
