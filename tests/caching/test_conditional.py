import pytest

from caching.conditional import Precondition, evaluate, is_for_the_origin, is_not_modified
from caching.fields import format_http_date
from caching.headers import Headers

MODIFIED_MS = 784_111_777_500
THEN = format_http_date(MODIFIED_MS)
BEFORE = format_http_date(MODIFIED_MS - 5_000)
P, N, F = Precondition.PROCEED, Precondition.NOT_MODIFIED, Precondition.FAILED


@pytest.mark.parametrize(
    ("fields", "etag", "verdict"),
    [
        ({}, '"a"', P),
        ({"If-None-Match": '"a"'}, '"a"', N),
        ({"If-None-Match": '"b", W/"a"'}, '"a"', N),
        ({"If-None-Match": '"b"'}, '"a"', P),
        ({"If-None-Match": "*"}, None, N),
        ({"If-None-Match": '"a"'}, None, P),
        ({"If-Modified-Since": THEN}, None, N),
        ({"If-Modified-Since": BEFORE}, None, P),
        ({"If-Modified-Since": "yesterday"}, None, P),
        # If-None-Match takes precedence over If-Modified-Since (RFC 9110 section 13.1.3)
        ({"If-None-Match": '"b"', "If-Modified-Since": THEN}, '"a"', P),
        ({"If-Match": '"a"'}, '"a"', P),
        ({"If-Match": 'W/"a"'}, 'W/"a"', F),
        ({"If-Match": '"b"'}, '"a"', F),
        ({"If-Match": "*"}, None, P),
        ({"If-Unmodified-Since": BEFORE}, None, F),
        ({"If-Unmodified-Since": THEN}, None, P),
        ({"If-Unmodified-Since": BEFORE, "If-Match": '"a"'}, '"a"', P),
    ],
)
def test_preconditions(fields: dict[str, str], etag: str | None, verdict: Precondition) -> None:
    assert evaluate(Headers(fields.items()), etag, MODIFIED_MS) is verdict


def test_a_date_condition_without_a_last_modified_is_ignored() -> None:
    assert evaluate(Headers([("If-Modified-Since", THEN)]), None, None) is P


@pytest.mark.parametrize(
    ("fields", "etag", "verdict"),
    [
        ({}, '"a"', False),
        ({"If-None-Match": 'W/"a"'}, '"a"', True),
        ({"If-None-Match": '"a"'}, 'W/"a"', True),
        ({"If-None-Match": '"b", "c" ,W/"a"'}, '"a"', True),
        ({"If-None-Match": '"b", , "a,b"'}, '"a,b"', True),
        ({"If-None-Match": "*"}, None, True),
        ({"If-None-Match": ""}, '"a"', False),
        ({"If-None-Match": '"b"', "If-Modified-Since": THEN}, '"a"', False),
        ({"If-None-Match": "a", "If-Modified-Since": THEN}, '"a"', False),
        ({"If-Modified-Since": BEFORE}, None, False),
        # Not a cache's to judge
        ({"If-Match": '"b"', "If-None-Match": '"a"'}, '"a"', True),
        ({"If-Unmodified-Since": BEFORE}, '"a"', False),
    ],
)
def test_what_a_cache_judges(fields: dict[str, str], etag: str | None, verdict: bool) -> None:
    assert is_not_modified(Headers(fields.items()), etag, MODIFIED_MS) is verdict


@pytest.mark.parametrize("field", ["If-Match", "If-Unmodified-Since"])
def test_two_conditions_are_for_the_origin(field: str) -> None:
    assert is_for_the_origin(Headers([(field, "x")]))
    assert not is_for_the_origin(Headers([("If-None-Match", "x"), ("If-Modified-Since", THEN)]))
