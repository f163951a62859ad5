from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching import CacheSettings
from caching.control import control_of
from caching.fields import MAX_DELTA_S, format_http_date
from caching.freshness import date_ms, freshness_of, initial_age_ms
from tests.caching.samples import T0_MS, head

SETTINGS = CacheSettings(
    default_stale_if_error_ms=5_000, stale_if_disconnected_ms=60_000, max_stale_ms=3600_000
)
NOW = format_http_date(T0_MS)
DAY_MS = 24 * 3600 * 1000


def at(offset_ms: int) -> str:
    return format_http_date(T0_MS + offset_ms)


@pytest.mark.parametrize(
    ("fields", "lifetime_ms"),
    [
        ({"cache_control": "max-age=60"}, 60_000),
        ({"cache_control": "max-age=60, s-maxage=5"}, 5_000),
        ({"cache_control": "s-maxage=0, max-age=60"}, 0),
        ({"cache_control": "max-age=60", "expires": at(1_000)}, 60_000),
        ({"cache_control": "public", "expires": at(9_000), "date": NOW}, 9_000),
        ({"expires": at(9_000), "date": at(4_000)}, 5_000),
        ({"expires": at(-9_000), "date": NOW}, 0),
        ({"expires": "0", "last_modified": at(-DAY_MS)}, 0),
        # what cannot be understood counts as stale (RFC 9111 section 4.2.1)
        ({"cache_control": "max-age=soon"}, 0),
        ({"cache_control": "max-age=-1", "expires": at(9_000)}, 0),
        ({"cache_control": "max-age"}, 0),
        ({"cache_control": "max-age=99999999999"}, MAX_DELTA_S * 1000),
        # the heuristic: a tenth of the time since the last change, at most a day
        ({"last_modified": at(-100_000), "date": NOW}, 10_000),
        ({"last_modified": at(-365 * DAY_MS)}, DAY_MS),
        ({"last_modified": at(100_000), "date": NOW}, 0),
        ({}, 0),
        ({"cache_control": "no-cache, max-age=60"}, 0),
        # of some fields only
        ({"cache_control": 'no-cache="set-cookie", max-age=60'}, 60_000),
        ({"cache_control": 'no-cache="content-type", max-age=60'}, 0),
        # in the place of Cache-Control and Expires (RFC 9213 section 2.2)
        ({"cdn_cache_control": "max-age=9", "cache_control": "no-store, max-age=60"}, 9_000),
        ({"cdn_cache_control": "public", "expires": at(9_000)}, 0),
        ({"cdn_cache_control": "max-age=9", "headwater_cache_control": "max-age=5"}, 5_000),
        ({"cdn_cache_control": "max-age=9, &", "cache_control": "max-age=60"}, 60_000),
        # two malformed lifetimes, neither of which is left to the heuristic
        ({"cache_control": "max-age =60", "last_modified": at(-DAY_MS)}, 0),
        ({"cache_control": "max-age=60;x", "last_modified": at(-DAY_MS)}, 0),
    ],
)
def test_lifetime(fields: dict[str, str], lifetime_ms: int) -> None:
    assert freshness_of(head(**fields), SETTINGS, T0_MS).lifetime_ms == lifetime_ms


def test_the_heuristic_is_for_statuses_that_allow_it() -> None:
    old = {"last_modified": at(-100_000)}
    assert freshness_of(head(404, **old), SETTINGS, T0_MS).lifetime_ms == 10_000
    assert freshness_of(head(302, **old), SETTINGS, T0_MS).lifetime_ms == 0
    public = old | {"cache_control": "public"}
    assert freshness_of(head(599, **public), SETTINGS, T0_MS).lifetime_ms == 10_000


@pytest.mark.parametrize(
    ("cache_control", "revalidate_ms", "error_ms"),
    [
        ("max-age=1", 0, 5_000),
        ("max-age=1, stale-while-revalidate=7, stale-if-error=9", 7_000, 9_000),
        ("max-age=1, stale-if-error=0", 0, 0),
        # s-maxage alone is as strict as proxy-revalidate (RFC 9111 section 5.2.2.10); windows written beside
        # it are explicit permission, as CDNs read them
        ("s-maxage=1", 0, 0),
        ("s-maxage=1, stale-while-revalidate=7, stale-if-error=9", 7_000, 9_000),
        ("max-age=1, stale-while-revalidate=99999, stale-if-error=99999", 3600_000, 3600_000),
        ("max-age=1, stale-while-revalidate=x", 0, 5_000),
        # RFC 9111 section 4.2.4: these forbid stale answers, whatever else is said
        ("max-age=1, must-revalidate, stale-while-revalidate=7, stale-if-error=9", 0, 0),
        ("max-age=1, proxy-revalidate, stale-if-error=9", 0, 0),
        ("no-cache, stale-while-revalidate=7", 0, 0),
    ],
)
def test_stale_windows(cache_control: str, revalidate_ms: int, error_ms: int) -> None:
    freshness = freshness_of(head(cache_control=cache_control), SETTINGS, T0_MS)
    assert freshness.stale_while_revalidate_ms == revalidate_ms
    assert freshness.stale_if_error_ms == error_ms
    assert freshness.no_cache is cache_control.startswith("no-cache")


@pytest.mark.parametrize(
    ("cache_control", "disconnected_ms", "limit_ms"),
    [
        ("max-age=1", 60_000, 3600_000),
        ("max-age=1, stale-if-error=9", 9_000, 3600_000),
        ("max-age=1, stale-if-error=0", 0, 3600_000),
        ("s-maxage=1", 0, 0),
        ("s-maxage=1, stale-if-error=9", 9_000, 0),
        ("max-age=1, must-revalidate", 0, 0),
        ("no-cache", 0, 0),
    ],
)
def test_stale_when_upstream_cannot_be_reached(
    cache_control: str, disconnected_ms: int, limit_ms: int
) -> None:
    freshness = freshness_of(head(cache_control=cache_control), SETTINGS, T0_MS)
    assert (freshness.stale_if_disconnected_ms, freshness.stale_limit_ms) == (disconnected_ms, limit_ms)


@pytest.mark.parametrize(
    ("status", "fields", "lifetime_ms"),
    [
        (404, {}, 1_000),
        (404, {"cache_control": "max-age=9"}, 9_000),
        (404, {"expires": "0"}, 0),
        (404, {"cache_control": "no-cache"}, 0),
        (404, {"last_modified": at(-DAY_MS)}, 1_000),
        (503, {}, 500),
        (403, {}, 0),
        (200, {}, 0),
    ],
)
def test_an_operator_may_make_errors_fresh_that_say_nothing(
    status: int, fields: dict[str, str], lifetime_ms: int
) -> None:
    settings = replace(SETTINGS, negative_ttl_ms={"404": 1_000, "5xx": 500})
    assert freshness_of(head(status, **fields), settings, T0_MS).lifetime_ms == lifetime_ms


def test_a_class_of_content_has_a_cap_on_staleness_of_its_own() -> None:
    settings = replace(SETTINGS, max_stale_of_ms={"5xx": 0, "video/*": 7_200_000, "text/html": 2_000})
    said = {"cache_control": "max-age=1, stale-while-revalidate=9999, stale-if-error=9999"}
    for status, media, limit_ms in (
        (200, "video/mp4", 7_200_000),
        (200, "text/html; charset=utf-8", 2_000),
        (200, "text/plain", 3600_000),
        (503, "text/html", 0),
    ):
        freshness = freshness_of(head(status, content_type=media, **said), settings, T0_MS)
        assert freshness.stale_limit_ms == limit_ms
        assert freshness.stale_while_revalidate_ms == min(9_999_000, limit_ms)
        assert freshness.stale_if_error_ms == min(9_999_000, limit_ms)


@pytest.mark.parametrize(
    ("fields", "explicit"),
    [
        ({"cache_control": "max-age=1"}, True),
        ({"cache_control": "s-maxage=0"}, True),
        ({"expires": "0"}, True),
        ({"cache_control": "public"}, False),
        ({"last_modified": NOW}, False),
    ],
)
def test_explicit_lifetime(fields: dict[str, str], explicit: bool) -> None:
    assert control_of(head(**fields).headers, ()).says_lifetime is explicit


@pytest.mark.parametrize(
    ("fields", "asked_ms", "age_ms"),
    [
        ({}, T0_MS, 0),
        ({}, T0_MS - 300, 300),
        ({"age": "7"}, T0_MS - 300, 7_300),
        ({"date": at(-9_000)}, T0_MS - 300, 9_000),
        ({"date": at(-9_000), "age": "20"}, T0_MS, 20_000),
        ({"date": at(9_000)}, T0_MS, 0),
        ({"age": "old"}, T0_MS, 0),
        ({"age": "-5"}, T0_MS, 0),
        ({"age": "-5", "date": at(-9_000)}, T0_MS, 9_000),
        ({"age": "7200, 0"}, T0_MS, 7_200_000),
    ],
)
def test_initial_age(fields: dict[str, str], asked_ms: int, age_ms: int) -> None:
    assert initial_age_ms(head(**fields), asked_ms, T0_MS) == age_ms


def test_a_date_without_milliseconds_makes_nothing_older() -> None:
    assert initial_age_ms(head(date=NOW), T0_MS + 999, T0_MS + 999) == 0


def test_of_two_ages_the_first_counts() -> None:
    response = head()._replace(headers=head(age="3").headers.replacing([("age", "3"), ("age", "900")]))
    assert initial_age_ms(response, T0_MS, T0_MS) == 3_000


def test_without_a_date_it_was_made_when_it_came() -> None:
    assert date_ms(head(), T0_MS + 123) == T0_MS + 123
    assert date_ms(head(date="yesterday"), T0_MS) == T0_MS
    assert date_ms(head(date=at(-5_000)), T0_MS) == T0_MS - 5_000


@given(st.text(max_size=40), st.text(max_size=20), st.integers(0, 2**41))
def test_nothing_that_upstream_says_makes_a_negative_time(control: str, expires: str, now_ms: int) -> None:
    response = head(cache_control=control, expires=expires, last_modified=expires, age=expires)
    freshness = freshness_of(response, SETTINGS, now_ms)
    assert min(freshness[:3]) >= 0 and initial_age_ms(response, now_ms, now_ms) >= 0
