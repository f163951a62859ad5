"""The compiled parsing agrees with the csv module and with float()."""

import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.traces.parse import decimals, find_fields, hashes, separators

FIELD = st.text(st.sampled_from("ab7.- ,"), max_size=6)


def fields(text: bytes, places: list[int], delimiter: str = ",") -> tuple[list[list[bytes]], int]:
    room = np.frombuffer(text, np.uint8)
    bounds = np.empty((text.count(b"\n"), len(places), 2), np.int64)
    count, at = find_fields(room, separators(room, ord(delimiter)), np.array(places), bounds)
    return [[text[a:b] for a, b in record] for record in bounds[:count].tolist()], at


def plain(field: str) -> bytes:
    """White space counts within quotes, and the writer puts quotes round what has a comma in it."""
    return (field if "," in field else field.strip()).encode()


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(FIELD, min_size=3, max_size=5), max_size=6))
def test_fields_are_those_of_the_csv_module(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    got, at = fields(out.getvalue().encode(), [2, 0])
    assert at == len(out.getvalue())
    assert got == [[plain(row[2]), plain(row[0])] for row in rows]


def test_blank_lines_and_white_space_do_not_count() -> None:
    text = b"\n a , b \r\n  \n\tc\t,\td\t\n"
    assert fields(text, [0, 1]) == ([[b"a", b"b"], [b"c", b"d"]], len(text))


def test_a_line_that_lacks_a_place_ends_it() -> None:
    assert fields(b"a,b,c\nd,e\nf,g,h\n", [2]) == ([[b"c"]], 6)


def test_an_open_quote_ends_with_its_line() -> None:
    assert fields(b'"a,b\nc,d\n', [0]) == ([[b'"a,b'], [b"c"]], 9)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0.0),
        ("007", 7.0),
        ("-5", -5.0),
        ("1.25", 1.25),
        (".5", 0.5),
        ("5.", 5.0),
        ("4294967295", 4294967295.0),
        ("1700000000.123456", 1700000000.123456),
        ("", math.nan),
        ("-", math.nan),
        (".", math.nan),
        ("1.2.3", math.nan),
        ("1e5", math.nan),
        ("12a", math.nan),
        ("--1", math.nan),
        ("+1", math.nan),
        ("nan", math.nan),
    ],
)
def test_numbers_are_numbers_and_nothing_else_is(text: str, value: float) -> None:
    room, out = np.frombuffer(f"{text},".encode(), np.uint8), np.empty(1)
    decimals(room, np.array([[0, len(text)]]), out)
    assert np.array_equal(out, [value], equal_nan=True)


def test_hashes_tell_names_apart_and_do_not_depend_on_the_place() -> None:
    names = [f"/vod/{n}/seg.m4s" for n in range(2000)]
    text = ",".join(names) + ","
    ends = np.cumsum([len(name) + 1 for name in names])
    bounds = np.stack([ends - [len(name) + 1 for name in names], ends - 1], axis=1)
    out, again = np.empty(2000, np.uint64), np.empty(1, np.uint64)
    hashes(np.frombuffer(text.encode(), np.uint8), bounds, out)
    assert len(set(out.tolist())) == 2000
    hashes(np.frombuffer(names[77].encode(), np.uint8), np.array([[0, len(names[77])]]), again)
    assert again[0] == out[77]
