"""Two readings of the same bytes: ours, and that of aiohttp's parser. They must never differ.

Streams are mutated at random. Where our scan says that a request has ended, one that is put behind it must be
one to the parser too, which comes next: that is what smuggling would break. Of a response, which nobody but
our scan reads, the parser must find the same head and the same body.
"""

import asyncio
from functools import cache

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpRequestParser, HttpResponseParser
from hypothesis import given
from hypothesis import strategies as st

from edge.framing import RequestScan
from edge.responses import ResponseScan
from edge.settings import HeadLimits
from edge.wire import received
from tests.edge.test_framing import BAD_BODIES, GET, SIZED, WHOLE
from tests.edge.test_heads import REQUEST_FLAWS, RESPONSE_FLAWS
from tests.edge.test_responses import HINTS, OK

LIMITS = HeadLimits(max_head_bytes=20_000)
SENTINEL = b"GET /sentinel HTTP/1.1\r\nHost: a\r\n\r\n"
REQUESTS = [GET, SIZED, WHOLE, *BAD_BODIES, *(head for head, _ in REQUEST_FLAWS)]
RESPONSES = [
    OK,
    HINTS + OK,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n",
    *(head + b"hi" for head, _ in RESPONSE_FLAWS),
]
ODD = [b"\r", b"\n", b"\r\n", b"\x00", b" ", b"\t", b":", b"\x0b", b"\xff", b"0", b"5", b";", b",", b"_"]
ODD += [
    b"-",
    b"chunked",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"\r\n\r\n",
    b"0\r\n\r\n",
]

edits = st.lists(
    st.tuples(st.integers(0, 4_000), st.integers(0, 3), st.sampled_from([b"", *ODD]) | st.binary(max_size=2)),
    max_size=4,
)


def edited(data: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for at, removed, put in changes:
        start = at % (len(data) + 1)
        data = data[:start] + put + data[start + removed :]
    return data


class Protocol(BaseProtocol):
    """One that is never told to pause."""

    def pause_reading(self) -> None:
        pass


@cache
def protocol() -> Protocol:
    return Protocol(asyncio.new_event_loop())


def agree_on_requests(data: bytes) -> None:
    """Raises AssertionError if the parser is at another place of the stream than our scan."""
    scan = RequestScan(LIMITS)
    passed = scan.feed(data)
    at_end = scan.flaw is None and not scan.in_body and not scan.in_head
    parser = HttpRequestParser(
        protocol(), protocol()._loop, 2**16, max_field_size=2**16, auto_decompress=False
    )
    try:
        messages, upgraded, _ = parser.feed_data(passed + (SENTINEL if at_end else b""))
    except HttpProcessingError:
        return  # it will have none of it, which harms nobody
    if at_end and not upgraded:
        assert messages[-1][0].path == "/sentinel" and len(messages) <= 1 + passed.count(b"\r\n\r\n")
    elif not upgraded:
        assert scan.in_body or all(payload.is_eof() for _, payload in messages)


def agree_on_answer(data: bytes, to_head: bool) -> None:
    """Raises AssertionError if the parser understands the answer in another way than our scan."""
    scan = ResponseScan(LIMITS, to_head=to_head, max_interim=3)
    content, at = b"", 0
    while at < len(data) and not scan.ended and scan.flaw is None:  # to know where it ends
        content += scan.feed(data[at : at + 1])
        at += 1
    if scan.flaw is not None or scan.head is None or scan.head.status == 101:
        return
    parser = HttpResponseParser(
        protocol(),
        protocol()._loop,
        2**16,
        max_field_size=2**16,
        response_with_body=not to_head,
        read_until_eof=True,
        auto_decompress=False,
    )
    try:
        messages, _, _ = parser.feed_data(data[:at])
    except HttpProcessingError:
        return
    head, body = messages[-1]
    assert head.code == scan.head.status and len(messages) == 1 + len(scan.interim)
    assert received(head.raw_headers) == scan.head.headers
    if head.code not in (204, 304):  # whose bodies aiohttp passes over itself
        assert body.is_eof() == scan.ended
        assert b"".join(getattr(body, "_buffer", ())) == content


@given(parts=st.lists(st.sampled_from(REQUESTS), min_size=1, max_size=3), changes=edits)
def test_where_a_request_ends_the_parser_ends_it_too(
    parts: list[bytes], changes: list[tuple[int, int, bytes]]
) -> None:
    agree_on_requests(edited(b"".join(parts), changes))


@given(whole=st.sampled_from(RESPONSES), changes=edits, to_head=st.booleans())
def test_where_an_answer_ends_the_parser_ends_it_too(
    whole: bytes, changes: list[tuple[int, int, bytes]], to_head: bool
) -> None:
    agree_on_answer(edited(whole, changes), to_head)
