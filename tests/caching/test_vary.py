import pytest

from caching.headers import Headers
from caching.vary import selection_of, selects, vary_names
from tests.caching.samples import fields


def test_names_are_lower_case_sorted_and_each_once() -> None:
    assert vary_names(Headers([("Vary", "Origin, accept"), ("vary", "ORIGIN,,")])) == ("accept", "origin")
    assert vary_names(fields()) == ()
    assert vary_names(fields(vary="*")) == ("*",)


STORED = selection_of(("accept", "origin"), fields(accept="a, b"))


@pytest.mark.parametrize(
    ("asked", "selected"),
    [
        ({"accept": "a, b"}, True),
        ({"accept": "a,b"}, True),
        ({"accept": "a, b", "range": "bytes=0-1"}, True),
        ({"accept": "b, a"}, False),
        ({"accept": "A, b"}, False),
        ({}, False),
        ({"accept": ""}, False),
        ({"accept": "a, b", "origin": ""}, False),
    ],
)
def test_a_request_selects_by_the_fields_that_vary_named(asked: dict[str, str], selected: bool) -> None:
    assert selects(STORED, fields(**asked)) is selected


def test_lines_of_one_field_count_together() -> None:
    assert selects(STORED, Headers([("Accept", "a"), ("Accept", "b")]))


def test_without_vary_every_request_selects() -> None:
    assert selects((), fields(accept="x"))
