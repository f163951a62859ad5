import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching.fields import (
    MAX_DELTA_S,
    format_http_date,
    parse_age_s,
    parse_delta_s,
    parse_directives,
    parse_entity_tags,
    parse_http_date,
    split_list,
    strongly_equal,
    weakly_equal,
)

SUNDAY_MS = 784_111_777_000  # the example of RFC 9110 section 5.6.7


@pytest.mark.parametrize(
    "text",
    ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"],
)
def test_the_three_forms_of_a_date(text: str) -> None:
    assert parse_http_date(text) == SUNDAY_MS


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "",
        "-1",
        "Sun, 32 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Nov 199\u0664 08:49:37 GMT",  # a digit, but not one of HTTP's
        "Su\u0130, 06 Nov 1994 08:49:37 GMT",  # lower-cased, it has an i
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert parse_http_date(text) is None


def test_a_leap_second_at_the_end_of_time_can_still_be_printed() -> None:
    at_ms = parse_http_date("Fri, 31 Dec 9999 23:59:60 GMT")
    assert at_ms is not None and format_http_date(at_ms) == "Fri, 31 Dec 9999 23:59:59 GMT"


def test_a_date_is_printed_as_imf_fixdate() -> None:
    assert format_http_date(SUNDAY_MS + 999) == "Sun, 06 Nov 1994 08:49:37 GMT"


@given(st.integers(min_value=0, max_value=4_102_444_800))
def test_a_printed_date_is_read_back(second: int) -> None:
    assert parse_http_date(format_http_date(second * 1000)) == second * 1000


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("60", 60),
        ("060", 60),
        ("-1", None),
        ("1.5", None),
        ("", None),
        (None, None),
        ("9" * 40, MAX_DELTA_S),
    ],
)
def test_delta_seconds(text: str | None, seconds: int | None) -> None:
    assert parse_delta_s(text) == seconds


@pytest.mark.parametrize(
    ("text", "directives"),
    [
        ("max-age=60, Public", {"max-age": "60", "public": None}),
        ('max-age="60"', {"max-age": "60"}),
        ('no-cache="set-cookie, x", private', {"no-cache": "set-cookie, x", "private": None}),
        ("max-age=1, max-age=9", {"max-age": "1"}),
        (",, ,no-store,", {"no-store": None}),
        # what is malformed forbids what it can, and allows nothing
        ("max-age =60, no-store", {"max-age": None, "no-store": None}),
        ("private; max-age=60", {"private": None}),
        ("public;x, stale-if-error =60, é", {}),
        # fields add up, and a directive without any is about the whole
        ('private="a", PRIVATE="b"', {"private": "a,b"}),
        ('no-cache="a", no-cache', {"no-cache": None}),
        ('no-cache, no-cache="a"', {"no-cache": None}),
        (None, {}),
    ],
)
def test_directives(text: str | None, directives: dict[str, str | None]) -> None:
    assert parse_directives(text) == directives


def test_a_quote_that_is_never_closed_keeps_no_comma() -> None:
    assert split_list('a, "b, , ') == ["a", '"b']
    assert split_list('a, "b, c",') == ["a", '"b, c"']


@given(st.text())
def test_no_text_from_outside_raises(text: str) -> None:
    parse_http_date(text)
    parse_delta_s(text)
    parse_age_s([text])
    parse_directives(text)
    parse_entity_tags(text)
    split_list(text)


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        ([], None),
        (["7"], 7),
        (["0", "7200"], 0),
        (["7200,0"], 7200),
        (["7200 , junk"], 7200),
        (["007"], 7),
        (["99999999999999999999"], MAX_DELTA_S),
        (["7200;foo=1"], 7200),
        (["7200.0"], None),
        (["-7200"], None),
        (["abc"], None),
        ([", 7200"], None),
        (["١"], None),
        ([""], None),
    ],
)
def test_age(lines: list[str], seconds: int | None) -> None:
    assert parse_age_s(lines) == seconds


def test_entity_tags() -> None:
    assert parse_entity_tags('"a", W/"b","c,d" , junk') == ['"a"', 'W/"b"', '"c,d"']
    assert parse_entity_tags(" * ") == ["*"]
    assert weakly_equal('W/"a"', '"a"') and not strongly_equal('W/"a"', 'W/"a"')
    assert strongly_equal('"a"', '"a"') and not strongly_equal('"a"', '"b"')
