import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching import Headers
from caching.control import Control, control_of
from tests.caching.samples import fields
from tests.caching.structures import TEXTS

TARGETS = ("headwater-cache-control", "cdn-cache-control")


def control(**values: str) -> Control:
    return control_of(fields(**values), TARGETS)


def test_without_a_targeted_field_the_general_ones_count() -> None:
    found = control(cache_control="max-age=60, Public", expires="0")
    assert found == Control({"max-age": "60", "public": None}, "0")
    assert control() == Control({}, None)


@pytest.mark.parametrize(
    ("targeted", "directives"),
    [
        ("max-age=3600", {"max-age": "3600"}),
        ("no-store", {"no-store": None}),
        ("max-age=99999999999", {"max-age": "99999999999"}),
        ("max-age=-5", {"max-age": "-5"}),
        ('no-cache="a, b", max-age=1', {"no-cache": "a, b", "max-age": "1"}),
        ("max-age=1;x=2, private;y", {"max-age": "1", "private": None}),
        ("foobar, q=1.5, r=(a b), max-age=1", {"foobar": None, "q": None, "r": None, "max-age": "1"}),
        ("max-age=1, max-age=9", {"max-age": "9"}),
    ],
)
def test_a_targeted_field_counts_alone(targeted: str, directives: dict[str, str | None]) -> None:
    found = control(cdn_cache_control=targeted, cache_control="s-maxage=7", expires="0")
    assert found == Control(directives, None)


@pytest.mark.parametrize(
    "targeted",
    [
        *("", "   ", "max-age=10, &&&&&", "max-age =100", "max-age= 100", "MaX-aGe=3600", "max-age=1,"),
        # the right grammar, and a value of another type
        *('max-age="10"', "max-age=10.0", "max-age", "max-age=ten", "max-age=(1)", "stale-if-error=?1"),
        *("no-store=1", "no-store=?0", "private=1", "no-cache=set-cookie", "must-revalidate=()"),
    ],
)
def test_an_empty_or_invalid_one_is_ignored_as_a_whole(targeted: str) -> None:
    assert control(cdn_cache_control=targeted, cache_control="max-age=7").directives == {"max-age": "7"}


def test_the_first_valid_one_of_the_list_wins() -> None:
    assert control(headwater_cache_control="max-age=1", cdn_cache_control="max-age=2").directives == {
        "max-age": "1"
    }
    assert control(headwater_cache_control="max-age=x", cdn_cache_control="max-age=2").directives == {
        "max-age": "2"
    }
    assert control_of(fields(cdn_cache_control="max-age=2"), ()).directives == {}


def test_several_lines_are_one_dictionary() -> None:
    lines = Headers([("CDN-Cache-Control", "max-age=1"), ("CDN-Cache-Control", "private")])
    assert control_of(lines, TARGETS).directives == {"max-age": "1", "private": None}


@pytest.mark.parametrize(
    ("cache_control", "forbidden", "named"),
    [
        ("", False, set()),
        ("private", True, set()),
        ('private=""', True, set()),
        ('private="Set-Cookie , x-a"', False, {"set-cookie", "x-a"}),
        ("private=set-cookie", False, {"set-cookie"}),
        # the response would be another one without these, or the list is none
        ('private="x-a, Content-Type"', True, set()),
        ('private="vary"', True, set()),
        ('private="x a"', True, set()),
        ('private="a", private="b"', False, {"a", "b"}),
        ('private="a", private', True, set()),
    ],
)
def test_private_and_no_cache_may_be_about_some_fields(
    cache_control: str, forbidden: bool, named: set[str]
) -> None:
    for name in ("private", "no-cache"):
        found = control(cache_control=cache_control.replace("private", name))
        assert found.forbids(name) is forbidden and found.fields_of(name) == named
        assert found.withheld_fields == named


@given(st.one_of(st.text(), TEXTS), st.text())
def test_nothing_that_upstream_says_raises(targeted: str, general: str) -> None:
    found = control(cdn_cache_control=targeted, cache_control=general, expires=general)
    assert found.says_lifetime or not found.has("max-age")
    assert found.forbids("private") or not found.fields_of("private") - found.withheld_fields
