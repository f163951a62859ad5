"""Errors that are one request's own."""

from dataclasses import replace

import pytest

from caching import NotStored
from caching.blame import is_to_blame
from caching.freshness import freshness_of
from caching.messages import Request
from caching.storability import why_not_stored
from tests.caching.samples import SETTINGS, T0_MS, head, request

PLAIN = request("/a?b=1", accept="x", cookie="a=" + "b" * 500)
OVERSIZED = request("/a", x_large="a" * 5_000)
UNKEYED = request("/a?b=1&CMCD=" + "a" * 100)
OVERRIDING = request("/a", x_http_method_override="DELETE")
TRUSTING = replace(SETTINGS, dropped_fields=frozenset())


@pytest.mark.parametrize("status", [400, 403, 405, 413, 414, 431, 501])
def test_an_error_about_the_request_may_be_about_what_is_not_in_the_key(status: int) -> None:
    assert not is_to_blame(PLAIN, status, SETTINGS)
    assert is_to_blame(OVERSIZED, status, SETTINGS) and is_to_blame(UNKEYED, status, SETTINGS)


@pytest.mark.parametrize("status", [200, 301, 404, 410, 500, 503])
def test_other_answers_are_about_what_was_asked_for(status: int) -> None:
    assert not is_to_blame(OVERSIZED, status, SETTINGS) and not is_to_blame(UNKEYED, status, SETTINGS)


def test_a_method_override_counts_where_it_gets_through() -> None:
    assert not is_to_blame(OVERRIDING, 405, SETTINGS)
    assert is_to_blame(OVERRIDING, 405, TRUSTING)


@pytest.mark.parametrize(("asking", "why"), [(PLAIN, None), (OVERSIZED, NotStored.BLAMED)])
def test_it_is_not_stored_whatever_the_origin_says(asking: Request, why: NotStored | None) -> None:
    refusal = head(431, cache_control="public, max-age=60")
    assert why_not_stored(asking, refusal, freshness_of(refusal, SETTINGS, T0_MS), SETTINGS) is why
