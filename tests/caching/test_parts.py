from dataclasses import replace

import pytest

from caching import Entry, Headers
from caching.entry import Part
from caching.fields import format_http_date
from caching.parts import (
    Arrived,
    Likeness,
    Parts,
    arrived_of,
    likeness_of,
    strong_validator,
    unsatisfied_length,
)
from caching.vary import selection_of
from tests.caching.samples import T0_MS, entry, fields, head, key_of

DATE, BEFORE, JUST_BEFORE = map(format_http_date, (T0_MS, T0_MS - 60_000, T0_MS - 59_000))


def part(first: int, length: int, complete: int | None = 100, serial: int = 1, **values: str) -> Entry:
    made = entry("/a", serial, length, **({"etag": '"1"'} | values))
    return replace(made, status=206, part=Part(first, complete))


@pytest.mark.parametrize(
    ("content_range", "content_length", "expected"),
    [
        ("bytes 10-19/100", "10", Arrived(Part(10, 100), 10)),
        ("Bytes 10-19/100", None, Arrived(Part(10, 100), 10)),
        ("bytes 10-19/*", "10", Arrived(Part(10, None), 10)),
        # Contradictions: the first position and the bytes are believed, and that they reach the end.
        ("bytes 4-9/10", "5", Arrived(Part(4, 9), 5)),
        ("bytes 10-19/100", "5", Arrived(Part(10, 100), 5)),
        ("bytes 19-10/100", "10", None),
        ("bytes 10-19/19", "10", None),
        ("bytes */100", "10", None),
        ("bytes 10-19/10\u0660", "10", None),  # a digit, but not one of HTTP's
        ("lines 10-19/100", "10", None),
        ("bytes 10-19/100, bytes 20-29/100", "10", None),
        ("bytes " + "9" * 30 + "-" + "9" * 30 + "/*", "10", None),
        ("", "10", None),
    ],
)
def test_what_a_206_brings(content_range: str, content_length: str | None, expected: Arrived | None) -> None:
    length = {} if content_length is None else {"content_length": content_length}
    assert arrived_of(head(206, content_range=content_range, **length)) == expected


@pytest.mark.parametrize(("told", "length"), [("bytes */100", 100), ("bytes 0-1/100", None), ("", None)])
def test_what_a_416_tells(told: str, length: int | None) -> None:
    assert unsatisfied_length(fields(content_range=told)) == length


@pytest.mark.parametrize(
    ("values", "validator"),
    [
        ({"etag": '"1"'}, '"1"'),
        ({"etag": 'W/"1"', "last_modified": BEFORE, "date": DATE}, None),
        ({"last_modified": BEFORE, "date": DATE}, BEFORE),
        ({"last_modified": JUST_BEFORE, "date": DATE}, None),
        ({"last_modified": BEFORE}, None),
        ({"last_modified": "junk", "date": DATE}, None),
        ({}, None),
    ],
)
def test_which_validators_are_strong(values: dict[str, str], validator: str | None) -> None:
    assert strong_validator(fields(**values)) == validator


def test_what_belongs_together() -> None:
    assert likeness_of(part(0, 10)) == likeness_of(part(50, 10)) == Likeness('"1"', 100)
    assert likeness_of(part(0, 10, 99)) != likeness_of(part(0, 10)) != likeness_of(part(0, 10, etag='"2"'))
    assert likeness_of(part(0, 10, None)) is None is likeness_of(part(0, 10, etag='W/"1"'))
    assert likeness_of(entry(size_bytes=100, etag='"1"')) == Likeness('"1"', 100)


def test_the_condition_under_which_more_is_asked_for() -> None:
    assert Likeness('"1"', 9).condition == ("if-match", '"1"')
    assert Likeness(DATE, 9).condition == ("if-unmodified-since", DATE)


def test_a_part_is_found_by_every_position_that_it_holds() -> None:
    parts, key, mine = Parts(10), key_of("/a"), part(5, 20)
    parts.add(mine)
    found = [position for position in range(40) if parts.at(key, Headers(), position) is mine]
    assert found == list(range(5, 25)) and parts.at(key_of("/b"), Headers(), 5) is None
    assert key in parts and parts.of(key) == [mine] and parts.newest(key, Headers()) is mine
    parts.discard(mine)
    assert key not in parts and not parts.of(key) and parts.at(key, Headers(), 5) is None
    assert not parts._buckets and not parts._by_key and not parts._versions


def test_with_which_parts_another_does_not_belong_together() -> None:
    parts = Parts(10)
    older, weak, other_length = part(0, 10, etag='"0"'), part(20, 10, None), part(40, 10, 99)
    alike, elsewhere = part(60, 10), replace(part(0, 10, etag='"0"'), key=key_of("/b"))
    variant = replace(part(0, 10, etag='"0"'), selection=(("accept", "x"),))
    for each in (older, weak, other_length, alike, elsewhere, variant):
        parts.add(each)
    assert parts.unlike(part(80, 10)) == [older, weak, other_length]
    assert parts.unlike(part(80, 10, None)) == [older, other_length, alike]
    assert parts.any_of(key_of("/a")) is older and parts.any_of(key_of("/c")) is None
    parts.discard(older)
    assert parts.unlike(part(80, 10)) == [weak, other_length]


def test_of_several_the_newest_is_found() -> None:
    parts, old, new = Parts(10), part(0, 10, serial=1), part(5, 10, serial=2)
    parts.add(new)
    parts.add(old)
    assert parts.at(old.key, Headers(), 7) is new and parts.at(old.key, Headers(), 3) is old


def test_a_part_is_one_of_a_variant() -> None:
    parts = Parts(10)
    mine = replace(part(0, 10), selection=selection_of(("accept",), fields(accept="x")))
    parts.add(mine)
    assert parts.at(mine.key, fields(accept="x"), 0) is mine is parts.newest(mine.key, fields(accept="x"))
    assert parts.at(mine.key, fields(accept="y"), 0) is None is parts.newest(mine.key, fields(accept="y"))


def test_those_that_belong_together() -> None:
    parts, one, other = Parts(10), part(0, 10), part(20, 10, etag='"2"')
    parts.add(one)
    parts.add(other)
    assert parts.alike(one.key, likeness_of(one)) == [one] and parts.alike(one.key, None) == []
