from dataclasses import replace

import pytest

from caching import NotStored
from caching.freshness import freshness_of
from caching.storability import content_length, why_not_stored
from tests.caching.samples import SETTINGS, T0_MS, fields, head, request

MAX = str(SETTINGS.max_object_bytes)
LONG_AGO = "Sun, 06 Nov 1994 08:49:37 GMT"
OVER = str(SETTINGS.max_object_bytes + 1)


@pytest.mark.parametrize(
    ("status", "response", "why_not"),
    [
        (200, {"cache_control": "max-age=60"}, None),
        (200, {"etag": '"a"'}, None),
        (200, {"cache_control": "no-cache", "etag": '"a"'}, None),
        (200, {"cache_control": "max-age=0, stale-if-error=60"}, None),
        (200, {}, NotStored.NO_FRESHNESS),
        (200, {"cache_control": "no-cache"}, NotStored.NO_FRESHNESS),
        (200, {"cache_control": "max-age=60, no-store"}, NotStored.NO_STORE),
        (200, {"cache_control": "max-age=60, private"}, NotStored.PRIVATE),
        (200, {"cache_control": 'private="x-user", max-age=60'}, None),
        (200, {"cache_control": 'private="vary", max-age=60'}, NotStored.PRIVATE),
        (200, {"cdn_cache_control": "private", "cache_control": "max-age=60"}, NotStored.PRIVATE),
        (200, {"cdn_cache_control": "max-age=60", "cache_control": "no-store"}, None),
        # no-store is for caches that do not know must-understand (RFC 9111 section 5.2.2.3)
        (200, {"cache_control": "max-age=60, no-store, must-understand"}, None),
        (599, {"cache_control": "max-age=60, no-store, must-understand"}, NotStored.NOT_UNDERSTOOD),
        (599, {"cache_control": "max-age=60, must-understand"}, NotStored.NOT_UNDERSTOOD),
        (599, {"cache_control": "max-age=60"}, None),
        (599, {"cache_control": "public", "last_modified": LONG_AGO}, None),
        (599, {"last_modified": LONG_AGO}, NotStored.STATUS),
        (200, {"cache_control": "max-age=60", "vary": "accept, *"}, NotStored.VARY_ALL),
        (200, {"cache_control": "max-age=60", "content_length": MAX}, None),
        (200, {"cache_control": "max-age=60", "content_length": OVER}, NotStored.TOO_LARGE),
        # RFC 9111 section 7.3: shared where the origin says for how long, never by the heuristic
        (200, {"cache_control": "max-age=60", "set_cookie": "id=1"}, None),
        (200, {"set_cookie": "id=1", "last_modified": LONG_AGO}, NotStored.SET_COOKIE),
        (200, {"cache_control": 'no-cache="set-cookie"', "set_cookie": "id=1", "etag": '"a"'}, None),
        (200, {"cache_control": "max-age=60, public", "set_cookie": "id=1"}, None),
        (200, {"cache_control": "s-maxage=60", "set_cookie": "id=1"}, None),
        (404, {"cache_control": "max-age=60"}, None),
        (404, {}, NotStored.NO_FRESHNESS),
        (302, {"etag": '"a"'}, NotStored.STATUS),
        (302, {"cache_control": "max-age=60"}, None),
        (302, {"cache_control": "public", "etag": '"a"'}, None),
        (503, {}, NotStored.STATUS),
        (503, {"cache_control": "max-age=1"}, None),
        (206, {"cache_control": "max-age=60"}, NotStored.STATUS),
        (304, {"cache_control": "max-age=60"}, NotStored.STATUS),
    ],
)
def test_responses_to_a_plain_get(status: int, response: dict[str, str], why_not: NotStored | None) -> None:
    received = head(status, **response)
    freshness = freshness_of(received, SETTINGS, T0_MS)
    assert why_not_stored(request(), received, freshness, SETTINGS) is why_not


@pytest.mark.parametrize(
    ("cache_control", "why_not"),
    [
        ("max-age=60", NotStored.SET_COOKIE),
        ("max-age=60, public", None),
        ("s-maxage=60", None),
        ('max-age=60, no-cache="Set-Cookie"', None),
    ],
)
def test_an_operator_may_ask_for_more_before_a_cookie_is_shared(
    cache_control: str, why_not: NotStored | None
) -> None:
    careful = replace(SETTINGS, store_set_cookie=False)
    received = head(cache_control=cache_control, set_cookie="id=1")
    freshness = freshness_of(received, careful, T0_MS)
    assert why_not_stored(request(), received, freshness, careful) is why_not


@pytest.mark.parametrize(
    ("cache_control", "why_not"),
    [
        ("max-age=60", NotStored.AUTHORIZATION),
        ("max-age=60, public", None),
        ("s-maxage=60", None),
        ("max-age=60, must-revalidate", None),
    ],
)
def test_responses_to_a_request_with_authorization(cache_control: str, why_not: NotStored | None) -> None:
    asked, received = request(authorization="Bearer x"), head(cache_control=cache_control)
    assert why_not_stored(asked, received, freshness_of(received, SETTINGS, T0_MS), SETTINGS) is why_not


def test_an_error_that_the_operator_makes_fresh_is_stored() -> None:
    settings = replace(SETTINGS, negative_ttl_ms={"403": 1_000})
    for received, why_not in (
        (head(403), None),
        (head(403, cache_control="no-store"), NotStored.NO_STORE),
        (head(500), NotStored.STATUS),
    ):
        freshness = freshness_of(received, settings, T0_MS)
        assert why_not_stored(request(), received, freshness, settings) is why_not


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
def test_only_responses_to_get_are_stored(method: str) -> None:
    received = head(cache_control="max-age=60")
    freshness = freshness_of(received, SETTINGS, T0_MS)
    assert why_not_stored(request("/a", method), received, freshness, SETTINGS) is NotStored.METHOD


@pytest.mark.parametrize(
    ("text", "length_bytes"),
    [("0", 0), ("123", 123), ("-1", None), ("1e3", None), ("", None), ("٣", None), ("9" * 30, None)],
)
def test_content_length(text: str, length_bytes: int | None) -> None:
    assert content_length(fields(content_length=text)) == length_bytes


def test_lengths_that_disagree_are_none() -> None:
    assert content_length(fields()) is None
    assert content_length(fields(content_length="5, 6")) is None
