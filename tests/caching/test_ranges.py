import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching.fields import format_http_date
from caching.headers import Headers
from caching.ranges import Slice, Unsatisfiable, select

MODIFIED_MS = 784_111_777_000


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bytes=0-0", Slice(0, 1)),
        ("bytes=10-19", Slice(10, 10)),
        ("bytes=90-", Slice(90, 10)),
        ("bytes=90-500", Slice(90, 10)),
        ("BYTES=0-9", Slice(0, 10)),
        ("bytes=0-9007199254740991", Slice(0, 100)),  # RFC 8673
        ("bytes=-1", Slice(99, 1)),
        ("bytes=-500", Slice(0, 100)),
        ("bytes=-0", Unsatisfiable(100)),
        ("bytes=100-", Unsatisfiable(100)),
        ("bytes=9-3", None),
        ("bytes=\u0663-9", None),  # a digit, but not one of HTTP's
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=0-" + "9" * 5000, None),
    ],
)
def test_ranges_of_a_hundred_bytes(value: str, expected: object) -> None:
    assert select(Headers([("Range", value)]), 100, '"a"', MODIFIED_MS) == expected


@pytest.mark.parametrize(
    ("if_range", "holds"),
    [
        ('"a"', True),
        ('"b"', False),
        ('W/"a"', False),
        (format_http_date(MODIFIED_MS), True),
        (format_http_date(MODIFIED_MS + 1000), False),
        ("junk", False),
    ],
)
def test_if_range(if_range: str, holds: bool) -> None:
    headers = Headers([("Range", "bytes=0-9"), ("If-Range", if_range)])
    assert (select(headers, 100, '"a"', MODIFIED_MS) is not None) is holds


def test_the_fields_of_the_answers() -> None:
    assert Slice(10, 10).content_range(100) == "bytes 10-19/100"
    assert Unsatisfiable(100).content_range() == "bytes */100"


@given(st.text(), st.integers(min_value=0, max_value=10**12))
def test_a_slice_lies_within_the_representation(value: str, size_bytes: int) -> None:
    part = select(Headers([("Range", "bytes=" + value)]), size_bytes, None, None)
    if isinstance(part, Slice):
        assert part.offset >= 0 and part.length > 0 and part.offset + part.length <= size_bytes
