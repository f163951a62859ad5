"""Heads of answers as they go over the wire."""

import pytest

from edge.answers import chunk, head_bytes
from tests.edge.raw import split

DATE = ("date", "Thu, 01 Jan 2026 00:00:00 GMT")


def told(head: bytes) -> list[tuple[str, str]]:
    return split(head)[1]


def test_fields_are_told_byte_by_byte_and_in_their_order() -> None:
    head = head_bytes(200, [DATE, ("x-title", "caf\xe9"), ("set-cookie", "a"), ("set-cookie", "b")], 2)
    assert head == (
        b"HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nX-Title: caf\xe9\r\n"
        b"Set-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 2\r\n\r\n"
    )


LENGTHS = {
    "as told": (200, [("content-length", "7")], None, False, [("content-length", "7")]),
    "of what is there": (200, [], 3, False, [("content-length", "3")]),
    "of nothing": (404, [], 0, False, [("content-length", "0")]),
    "not known": (200, [], None, False, [("transfer-encoding", "chunked")]),
    "to a HEAD": (200, [], None, True, []),
    "as a HEAD is told": (200, [("content-length", "7")], 0, True, [("content-length", "7")]),
    "304": (304, [], 0, False, []),
    "204": (204, [("content-length", "0")], 0, False, []),
}


@pytest.mark.parametrize(
    ("status", "given", "body_bytes", "to_head", "expected"), LENGTHS.values(), ids=LENGTHS
)
def test_how_the_end_of_a_body_is_told(
    status: int,
    given: list[tuple[str, str]],
    body_bytes: int | None,
    to_head: bool,
    expected: list[tuple[str, str]],
) -> None:
    assert told(head_bytes(status, [DATE, *given], body_bytes, to_head=to_head)) == [DATE, *expected]


def test_what_is_added_where_it_is_missing() -> None:
    fields = dict(told(head_bytes(299, [], 0, closes=True)))
    assert fields["date"].endswith(" GMT") and fields["connection"] == "close"
    assert head_bytes(299, [DATE], 0).startswith(b"HTTP/1.1 299 \r\n")


def test_a_chunk() -> None:
    assert b"".join(chunk(b"x" * 26)) == b"1a\r\n" + b"x" * 26 + b"\r\n"
