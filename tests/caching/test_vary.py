from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching.headers import Headers
from caching.vary import selection_of, selects, speaks, vary_names
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
        ({"accept": "b, A;q=1.0"}, True),
        ({"accept": "a, b;q=0.9"}, False),
        ({}, False),
        ({"accept": ""}, False),
        ({"accept": "a, b", "origin": ""}, False),
    ],
)
def test_a_request_selects_by_the_fields_that_vary_named(asked: dict[str, str], selected: bool) -> None:
    assert selects(STORED, fields(**asked)) is selected


def test_lines_of_one_field_count_together() -> None:
    assert selects(STORED, Headers([("Accept", "a"), ("Accept", "b")]))


SAME = [
    ("accept-language", "en, de", "de,  EN"),
    ("accept-language", "en, de;q=0.5", "de;q=0.500 , en;q=1,"),
    ("accept-language", "", " , "),
    ("accept-encoding", "gzip, br", "br,x-gzip"),
    ("accept", "text/html, */*;q=0.8", "*/*;Q=0.8,Text/HTML"),
    ("accept", "a/b;level=1", "a/b ; level=1"),
    ("foo", "1, 2", " 1 ,2 "),
    ("foo", '"a, b",c', '"a, b" , c'),
]
DIFFERENT = [
    ("accept-language", "en, de", "en, de;q=0.9"),
    ("accept-language", "en", "en;q=0"),
    ("accept-language", "en", "en, *"),
    ("accept-language", "en", "en-GB"),
    ("accept-language", "en", ""),
    # What is not understood is compared as it stands, and never with what is.
    ("accept-language", "en", "en;q=1000"),
    ("accept-language", "en", "en;q=2"),
    ("accept-language", "en", "en, en;q=0"),
    ("accept-language", "en@1000", "en"),
    ("accept-language", "en;q=2, de", "de, en;q=2"),
    ("accept", "a/b;level=1", "a/b;level=2"),
    ("accept", "a/b;c=X", "a/b;c=x"),
    ("foo", "1,2", "2,1"),
    ("foo", "A", "a"),
    ("foo", "1,,2", "1,2"),
    ("foo", '"a,b"', '"a, b"'),
    ("foo", '"a,b', '"a, b'),
    ("foo", "", "x"),
]


@pytest.mark.parametrize(("field", "one", "other"), SAME)
def test_what_means_the_same_selects_the_same(field: str, one: str, other: str) -> None:
    assert selection_of((field,), Headers([(field, one)])) == selection_of(
        (field,), Headers([(field, other)])
    )


@pytest.mark.parametrize(("field", "one", "other"), DIFFERENT)
def test_what_may_mean_something_else_does_not(field: str, one: str, other: str) -> None:
    assert selection_of((field,), Headers([(field, one)])) != selection_of(
        (field,), Headers([(field, other)])
    )


values = st.lists(
    st.tuples(
        st.sampled_from(["en", "de", "*", "gzip", "a/b"]), st.sampled_from(["", ";q=0", ";q=0.5", ";q=1"])
    ),
    max_size=4,
    unique_by=lambda pair: pair[0],
)


@given(values, st.randoms(use_true_random=False))
def test_order_case_and_blanks_never_matter(listed: list[tuple[str, str]], rng: Random) -> None:
    shuffled = [(what.upper(), weight.replace(";", " ; ")) for what, weight in listed]
    rng.shuffle(shuffled)
    one, other = (fields(accept=", ".join(map("".join, pairs))) for pairs in (listed, shuffled))
    assert selection_of(("accept",), one) == selection_of(("accept",), other)


@given(st.text('",;= \\*enq1.0\t-', max_size=16))
def test_every_value_selects_itself(value: str) -> None:
    for name in ("accept-language", "foo"):
        assert selects(selection_of((name,), Headers([(name, value)])), Headers([(name, value)]))


@pytest.mark.parametrize(
    ("asked", "language", "spoken"),
    [
        ("fr;q=0.5, de;q=1.0", "de", True),
        ("fr;q=0.5, DE", "De", True),
        ("de, fr", "de", False),
        ("de;q=0", "de", False),
        ("*", "*", False),
        ("fr;q=0.5, de", "fr", False),
        ("de", "de, en", False),
        ("de;q=x", "de", False),
        ("de-AT", "de", False),
        ("", "", False),
    ],
)
def test_a_variant_in_the_one_language_that_is_preferred_will_do(
    asked: str, language: str, spoken: bool
) -> None:
    """RFC 9110 section 12.5.4."""
    stored = selection_of(("accept-language", "foo"), fields(accept_language="en, de", foo="1"))
    said = fields(content_language=language)
    assert speaks(stored, said, fields(accept_language=asked, foo="1")) is spoken
    assert not speaks(stored, said, fields(accept_language=asked, foo="2"))
    assert not speaks(stored, fields(), fields(accept_language=asked, foo="1"))


def test_without_vary_every_request_selects() -> None:
    assert selects((), fields(accept="x"))
