from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching import CacheSettings, Headers
from caching.entry import kept_headers, tags_of
from caching.fields import format_http_date
from caching.messages import POSITION
from tests.caching.samples import SETTINGS, T0_MS, entry, fields, head, request

NOW = format_http_date(T0_MS)
LATER_MS = T0_MS + 100_000


def test_age_and_what_remains() -> None:
    stored = entry(cache_control="max-age=60", age="20")
    assert stored.age_ms(T0_MS) == 20_000 and stored.age_ms(T0_MS + 1_500) == 21_500
    assert stored.remaining_ms(T0_MS + 1_500) == 38_500
    assert stored.is_fresh(T0_MS + 39_999) and not stored.is_fresh(T0_MS + 40_000)
    assert stored.remaining_ms(T0_MS + 50_000) == -10_000


def test_a_clock_that_steps_back_makes_nothing_younger() -> None:
    stored = entry(age="20")
    assert stored.age_ms(T0_MS - 5_000) == 20_000
    assert not stored.purged_softly(T0_MS).is_fresh(T0_MS - 5_000)


def test_a_soft_purge_ends_freshness_and_staleness_counts_from_then() -> None:
    stored = entry(cache_control="max-age=60")
    purged = stored.purged_softly(T0_MS + 10_000)
    assert not purged.is_fresh(T0_MS + 10_000)
    assert purged.remaining_ms(T0_MS + 13_000) == -3_000
    assert stored.purged_softly(T0_MS + 65_000).remaining_ms(T0_MS + 70_000) == -10_000


def test_a_second_soft_purge_does_not_begin_the_staleness_anew() -> None:
    once = entry().purged_softly(T0_MS + 10_000)
    assert once.purged_softly(T0_MS + 90_000).remaining_ms(T0_MS + 90_000) == -80_000


@given(st.lists(st.integers(0, 100_000), min_size=2, max_size=6), st.integers(0, 100_000))
def test_freshness_never_grows_with_time(offsets: list[int], purged_after_ms: int) -> None:
    stored = entry(cache_control="max-age=60")
    purged = stored.purged_softly(T0_MS + purged_after_ms)
    for kept in (stored, purged, purged.purged_softly(T0_MS + purged_after_ms + 50_000)):
        remaining = [kept.remaining_ms(T0_MS + offset) for offset in sorted(offsets)]
        assert remaining == sorted(remaining, reverse=True)


def test_the_id_names_the_variant() -> None:
    def variant(**asked: str) -> str:
        return entry(asking=request(**asked), vary="accept, origin").id

    assert entry().id == "http://cdn.test/a"
    assert variant(accept="x", origin="y") == "http://cdn.test/a accept= x@1000&origin=y"
    ids = {variant(), variant(accept=""), variant(accept="None"), variant(origin=""), variant(origin="None")}
    assert len(ids) == 5


def test_validators_and_tags() -> None:
    stored = entry(etag='"a"', last_modified=NOW, cache_tag="asset:x, class:segment", surrogate_key="s1 s2")
    assert stored.etag == '"a"' and stored.last_modified_ms == T0_MS
    assert stored.tags == ("asset:x", "class:segment", "s1", "s2")
    assert entry().etag is None and entry().last_modified_ms is None
    assert entry(last_modified="long ago").last_modified_ms is None
    assert tags_of(fields(cache_tag=" ,,")) == ()


def test_an_entry_is_made_of_request_head_and_fill() -> None:
    stored = entry("/a?b=1", serial=7, size_bytes=123, asking=request(accept="x"), vary="Accept")
    assert (stored.key, stored.serial, stored.size_bytes) == ("http://cdn.test/a?b=1", 7, 123)
    assert stored.selection == (("accept", " x@1000"),)
    assert entry(content_length="unknown").size_bytes is None


def test_what_is_of_one_connection_or_of_one_answer_is_not_kept() -> None:
    received = Headers(
        [
            ("Connection", "close, X-Hop"),
            ("X-Hop", "1"),
            ("Transfer-Encoding", "chunked"),
            ("Age", "9"),
            ("Cache-Status", "peer; hit"),
            (POSITION, "12"),
            ("Date", NOW),
            ("ETag", '"a"'),
        ]
    )
    assert list(kept_headers(received, frozenset(), LATER_MS)) == [("date", NOW), ("etag", '"a"')]


def test_a_response_without_a_date_is_kept_with_the_time_when_it_came() -> None:
    """RFC 9110 section 6.6.1."""
    assert kept_headers(fields(etag='"a"'), frozenset(), T0_MS + 999).get("date") == NOW


class TestAfter304:
    stored = entry(
        cache_control="max-age=60",
        date=NOW,
        etag='"a"',
        content_type="video/mp4",
        content_encoding="br",
        x_kept="1",
    )

    def test_fields_are_updated_and_those_of_the_body_stay(self) -> None:
        answer = head(
            304,
            cache_control="max-age=5",
            etag='W/"a"',
            content_type="text/html",
            content_length="0",
            content_encoding="gzip",
            x_new="2",
            connection="close",
        )
        fresh = self.stored.refreshed(answer, SETTINGS, asked_ms=LATER_MS, now_ms=LATER_MS)
        assert fresh.headers.get("cache-control") == "max-age=5"
        assert fresh.headers.get("x-new") == "2" and fresh.headers.get("x-kept") == "1"
        assert fresh.headers.get("content-type") == "text/html"
        for name in ("etag", "content-encoding", "content-length"):
            assert fresh.headers.get(name) == self.stored.headers.get(name)
        assert "connection" not in fresh.headers

    def test_a_cookie_that_comes_with_it_is_shared_as_one_in_a_200_would_be(self) -> None:
        for store, cookie in ((True, "id=1"), (False, None)):
            settings = replace(SETTINGS, store_set_cookie=store)
            answer = head(304, set_cookie="id=1")
            fresh = self.stored.refreshed(answer, settings, asked_ms=LATER_MS, now_ms=LATER_MS)
            assert fresh.headers.get("set-cookie") == cookie

    def test_a_field_that_it_withholds_leaves(self) -> None:
        answer = head(304, cache_control='max-age=5, private="x-kept"')
        fresh = self.stored.refreshed(answer, SETTINGS, asked_ms=LATER_MS, now_ms=LATER_MS)
        assert "x-kept" not in fresh.headers and fresh.headers.get("content-type") == "video/mp4"

    def test_age_and_lifetime_begin_anew(self) -> None:
        fresh = self.stored.refreshed(head(304, age="2"), SETTINGS, asked_ms=LATER_MS - 50, now_ms=LATER_MS)
        assert fresh.age_ms(LATER_MS) == 2_050 and fresh.remaining_ms(LATER_MS) == 57_950
        assert fresh.serial == self.stored.serial and fresh.id == self.stored.id

    def test_a_soft_purge_is_lifted(self) -> None:
        purged = self.stored.purged_softly(T0_MS)
        fresh = purged.refreshed(head(304), SETTINGS, asked_ms=LATER_MS, now_ms=LATER_MS)
        assert fresh.is_fresh(LATER_MS)

    def test_an_old_expires_is_not_counted_from_the_old_date(self) -> None:
        expiring = entry(cache_control="public", date=NOW, expires=format_http_date(T0_MS + 60_000))
        assert expiring.is_fresh(T0_MS + 59_000)
        fresh = expiring.refreshed(head(304), SETTINGS, asked_ms=LATER_MS, now_ms=LATER_MS)
        assert not fresh.is_fresh(LATER_MS)


def test_withheld_fields_go_to_the_client_that_asked_and_are_not_stored() -> None:
    response = {"cache_control": 'max-age=60, no-cache="set-cookie"', "set_cookie": "id=1", "etag": '"a"'}
    stored = entry(**response)
    assert "set-cookie" not in stored.headers and stored.etag == '"a"' and stored.is_fresh(T0_MS)
    assert stored.for_leader(head(200, **response), SETTINGS, T0_MS).headers.get("set-cookie") == "id=1"


@pytest.mark.parametrize("percent", [0, 10])
def test_the_settings_decide_about_the_heuristic(percent: int) -> None:
    settings = CacheSettings(heuristic_percent=percent)
    old = format_http_date(T0_MS - 100_000)
    stored = entry(settings=settings, cache_control="public", last_modified=old, date=NOW)
    assert stored.remaining_ms(T0_MS) == percent * 1_000
