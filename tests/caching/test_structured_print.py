from decimal import Decimal

import pytest
from hypothesis import given

from caching.structured import (
    MAX_INTEGER,
    BareItem,
    Date,
    Dictionary,
    DisplayString,
    InnerList,
    Item,
    List,
    Token,
    parse_dictionary,
    parse_item,
    parse_list,
)
from caching.structured_print import print_bare, print_dictionary, print_item, print_list, print_string
from tests.caching.structures import DICTIONARIES, ITEMS, LISTS, TEXTS


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "?1"),
        (False, "?0"),
        (-7, "-7"),
        (Decimal("1"), "1.0"),
        (Decimal("1.0005"), "1.0"),
        (Decimal("1.0015"), "1.002"),
        (Decimal("-0.25"), "-0.25"),
        ('a "b" \\', r'"a \"b\" \\"'),
        (b"hello", ":aGVsbG8=:"),
        (Token("*a/b"), "*a/b"),
        (Date(-1), "@-1"),
        (DisplayString('fü%"'), '%"f%c3%bc%25%22"'),
    ],
)
def test_values(value: BareItem, text: str) -> None:
    assert print_bare(value) == text


@pytest.mark.parametrize(
    "value",
    [
        MAX_INTEGER + 1,
        -MAX_INTEGER - 1,
        Decimal(10**12),
        Decimal("999999999999.9996"),
        Decimal("NaN"),
        "é",
        "\n",
        Token(""),
        Token("1a"),
        Token("a b"),
        Date(MAX_INTEGER + 1),
        DisplayString("\ud800"),
    ],
)
def test_what_cannot_be_said_is_none_as_a_whole(value: BareItem) -> None:
    bad, good = Item(value, {}), Item(1, {})
    assert print_bare(value) is None
    assert print_item(Item(1, {"a": value})) is None
    assert print_list([good, bad]) is None
    assert print_list([InnerList((good, bad), {})]) is None
    assert print_dictionary({"a": good, "b": bad}) is None


def test_lists_and_dictionaries() -> None:
    pair = InnerList((Item(1, {}), Item(Token("a"), {"x": True})), {"y": 2})
    assert print_list([pair, Item("s", {})]) == '(1 a;x);y=2, "s"'
    assert print_dictionary({"a": Item(True, {"q": 1}), "b": pair}) == "a;q=1, b=(1 a;x);y=2"
    assert print_list([]) == "" and print_dictionary({}) == ""
    assert print_dictionary({"A": Item(1, {})}) is None and print_item(Item(1, {"A": 1})) is None
    assert print_string("a") == '"a"'


@given(ITEMS)
def test_a_printed_item_is_read_back(item: Item) -> None:
    text = print_item(item)
    assert text is not None and parse_item(text) == item


@given(LISTS)
def test_a_printed_list_is_read_back(members: List) -> None:
    text = print_list(members)
    assert text is not None and parse_list(text) == members


@given(DICTIONARIES)
def test_a_printed_dictionary_is_read_back(members: Dictionary) -> None:
    text = print_dictionary(members)
    assert text is not None and parse_dictionary(text) == members


@given(TEXTS)
def test_what_was_parsed_prints_to_the_same_meaning(text: str) -> None:
    if (members := parse_dictionary(text)) is not None:
        printed = print_dictionary(members)
        assert printed is not None and parse_dictionary(printed) == members
    if (found := parse_list(text)) is not None:
        printed = print_list(found)
        assert printed is not None and parse_list(printed) == found
