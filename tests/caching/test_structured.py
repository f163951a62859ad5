from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching.structured import (
    MAX_INTEGER,
    BareItem,
    Date,
    DisplayString,
    InnerList,
    Item,
    List,
    Token,
    parse_dictionary,
    parse_item,
    parse_list,
)
from tests.caching.structures import TEXTS

A, B = Item(Token("a"), {}), Item(Token("b"), {})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-0", 0),
        ("00042", 42),
        ("999999999999999", MAX_INTEGER),
        ("-999999999999999", -MAX_INTEGER),
        ("1.5", Decimal("1.5")),
        ("-0.001", Decimal("-0.001")),
        ("123456789012.125", Decimal("123456789012.125")),
        ('""', ""),
        (r'"a \"b\" \\ c"', r'a "b" \ c'),
        ("foo123/456", Token("foo123/456")),
        ("*a:b", Token("*a:b")),
        ("A!#$%&'*+-.^_`|~", Token("A!#$%&'*+-.^_`|~")),
        ("::", b""),
        (":aGVsbG8=:", b"hello"),
        (":aGVsbG8:", b"hello"),
        ("?1", True),
        ("?0", False),
        ("@1659578233", Date(1659578233)),
        ("@-1", Date(-1)),
        ('%"f%c3%bc%25%22"', DisplayString('fü%"')),
        ('%"a\\b"', DisplayString("a\\b")),
        ("   7   ", 7),
    ],
)
def test_items(text: str, value: BareItem) -> None:
    item = parse_item(text)
    assert item is not None and item == Item(value, {}) and type(item.value) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        # numbers
        *("-", "--1", "+1", "1.", ".1", "1.2345", "1234567890123.4", "1000000000000000", "1 2", "1.2.3", "٣"),
        # strings
        *('"', '"a', r'"\a"', '"\\"', '"é"', '"\x7f"', '"\t"', "'a'"),
        # tokens
        *("é", "a b", "/a", "&&&", "a(b"),
        # byte sequences
        *(":", ":aGVsbG8=", ":a:", ":aG=VsbG8:", ":aGVsbG8====:", ":a b=:", ":_-8=:"),
        # booleans, dates, display strings
        *(
            "?",
            "?2",
            "?true",
            "?10",
            "@",
            "@1.5",
            "@a",
            "@--1",
            '%"',
            "%a",
            '%"%"',
            '%"%C3%BC"',
            '%"%c3"',
            '%"é"',
        ),
        # what stands around an item
        *("", " ", "\t1", "1\t", "1,", "1;", "1;=2", "1;A", "1;a=", "1 ;a", "1;a =2", "1;a= 2", "(1)"),
    ],
)
def test_what_is_no_item(text: str) -> None:
    assert parse_item(text) is None


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("1;a", {"a": True}),
        ("1;a=?0;b=2;  c=x", {"a": False, "b": 2, "c": Token("x")}),
        ("1;*a_b-c.d*=1", {"*a_b-c.d*": 1}),
        ("1;a=1;b;a=2", {"a": 2, "b": True}),
    ],
)
def test_parameters(text: str, parameters: dict[str, BareItem]) -> None:
    assert parse_item(text) == Item(1, parameters)


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("", []),
        ("a", [A]),
        ("a,b", [A, B]),
        ("a \t,\t b", [A, B]),
        ("(a b), ()", [InnerList((A, B), {}), InnerList((), {})]),
        ("(  a   b  );q=1", [InnerList((A, B), {"q": 1})]),
        ("(a;x b);y", [InnerList((Item(Token("a"), {"x": True}), B), {"y": True})]),
    ],
)
def test_lists(text: str, members: List) -> None:
    assert parse_list(text) == members


@pytest.mark.parametrize(
    "text",
    [
        "a,",
        ",a",
        "a,,b",
        "a b",
        "(a",
        "a)",
        "(a,b)",
        "(a\tb)",
        "(a(b))",
        '("a"b)',
        "a,\t",
        "(a b",
        "a;b,",
        "(a );",
    ],
)
def test_what_is_no_list(text: str) -> None:
    assert parse_list(text) is None


def test_dictionaries() -> None:
    found = parse_dictionary("max-age=3600, a;x=1 , b=(a b);y, c=?0, a=2")
    assert found is not None and list(found) == ["max-age", "a", "b", "c"]
    assert found["max-age"] == Item(3600, {}) and found["a"] == Item(2, {})
    assert found["b"] == InnerList((A, B), {"y": True}) and found["c"] == Item(False, {})
    assert parse_dictionary("") == {}
    assert parse_dictionary("private;x") == {"private": Item(True, {"x": True})}


@pytest.mark.parametrize(
    "text", ["A=1", "max-age =1", "max-age= 1", "a=1 b=2", "a=", "=1", "a=1,", "1=a", "a, &&&&&", "MaX-aGe=1"]
)
def test_what_is_no_dictionary(text: str) -> None:
    assert parse_dictionary(text) is None


@given(st.one_of(st.text(), TEXTS))
def test_no_text_from_outside_raises(text: str) -> None:
    parse_item(text)
    parse_list(text)
    parse_dictionary(text)
