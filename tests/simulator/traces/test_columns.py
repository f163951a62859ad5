"""A mapping of columns says what it means, or what would be right."""

import pytest

from simulator.traces.columns import Columns


def test_mappings_by_number_and_by_name() -> None:
    assert Columns.parse("time=1,id=2,size=3") == Columns()
    assert Columns.parse(" id = url , size=bytes ", "tab") == Columns(None, "url", "bytes", "\t")
    assert Columns.parse("id=2").roles == {"id": "2"}
    assert not Columns.parse("id=2,size=7").named
    assert Columns.parse("id=2,size=bytes").named


@pytest.mark.parametrize(
    ("text", "delimiter", "words"),
    [
        ("time=1,size=3", ",", "does not say which is id="),
        ("id=1,size", ",", "'size' is not one of time=, id= and size="),
        ("id=1,id=2", ",", "'id=2' is not one of"),
        ("key=1", ",", "'key=1' is not one of"),
        ("", ",", "'' is not one of"),
        ("id=0", ",", "the first one has the number 1"),
        ("id=1", ";;", "one ASCII character"),
        ("id=1", "\n", "one ASCII character"),
        ("id=1", "é", "one ASCII character"),
    ],
)
def test_what_is_wrong_is_named(text: str, delimiter: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Columns.parse(text, delimiter)


def test_fields_of_a_line_are_without_quotes_and_space() -> None:
    assert Columns(delimiter=";").fields(b'a; "b;c" ;d\r\n') == ["a", "b;c", "d"]
    assert Columns().fields(b'a,"b,c",d') == ["a", "b,c", "d"]
    assert Columns().fields(b"a\r,b") == ["a", "b"]
    assert Columns().fields(b'"' + b"x" * 200_000 + b'",b')[1] == "b"
