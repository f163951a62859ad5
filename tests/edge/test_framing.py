"""Where messages end, however the bytes come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.flaws import Flaw
from edge.framing import RequestScan
from edge.settings import HeadLimits

LIMITS = HeadLimits(max_line_bytes=100, max_head_bytes=400, max_fields=5)
GET = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
SIZED = b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunked(*lines: bytes) -> bytes:
    return CHUNKED + b"\r\n".join(lines) + b"\r\n"


WHOLE = chunked(b"5", b"hello", b"00A;x=y", b"\r\nhellohel", b"0", b"X-Trailer: 1", b"")
STREAM = b"\r\n" + GET + SIZED + b"\r\n" + WHOLE + GET


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    ends = sorted(cut % (len(data) + 1) for cut in cuts)
    return [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True)]


@given(st.lists(st.integers(0, 10_000), max_size=40))
def test_what_has_no_flaw_passes_whole_however_it_is_cut(cuts: list[int]) -> None:
    scan = RequestScan(LIMITS)
    assert b"".join(map(scan.feed, pieces(STREAM, cuts))) == STREAM.replace(b"X-Trailer: 1\r\n", b"")
    assert scan.flaw is None and not scan.in_body


BAD_BODIES = [
    chunked(b"0x5", b"hello"),
    chunked(b"+5", b"hello"),
    chunked(b"-5", b"hello"),
    chunked(b"5 ", b"hello"),
    chunked(b" 5", b"hello"),
    chunked(b"", b"hello"),
    chunked(b"g", b"hello"),
    chunked(b"5;a\x00b", b"hello"),
    chunked(b"5;" + b"a" * 300, b"hello"),
    chunked(b"f" * 16, b"hello"),
    chunked(b"1" * 300),
    chunked(b"5", b"hello!", b"0", b""),
    chunked(b"5", b"hell", b"0", b""),
    CHUNKED + b"5\nhello\r\n",
    CHUNKED + b"5\rhello\r\n",
    CHUNKED + b"5\r\nhello\n",
    CHUNKED + b"5\r\nhello0\r\n\r\n",
    chunked(b"0", b"bad trailer: 1", b""),
    chunked(b"0", b" folded", b""),
    chunked(b"0", b"X: a\x00", b""),
    CHUNKED + b"0\r\nX: 1\n\r\n",
    CHUNKED + b"0\r\n" + b"X: aaaaaaa\r\n" * 1_000,
]


@pytest.mark.parametrize("data", BAD_BODIES)
@given(cuts=st.lists(st.integers(0, 20_000), max_size=10))
def test_a_chunk_with_a_flaw_stops_everything(data: bytes, cuts: list[int]) -> None:
    scan = RequestScan(LIMITS)
    passed = b"".join(map(scan.feed, pieces(data + GET, cuts)))
    assert scan.flaw is Flaw.CHUNK and scan.in_body
    assert passed.startswith(CHUNKED) and GET not in passed


@given(cuts=st.lists(st.integers(0, 500), max_size=10))
def test_a_head_with_a_flaw_stops_everything_after_what_came_before(cuts: list[int]) -> None:
    scan = RequestScan(LIMITS)
    bad = b"GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    passed = b"".join(map(scan.feed, pieces(SIZED + bad + GET, cuts)))
    assert (passed, scan.flaw, scan.in_body) == (SIZED, Flaw.LENGTH_AND_CODING, False)


@pytest.mark.parametrize(
    ("data", "flaw"),
    [
        (b"GET /a HTTP/1.1\nHost: a\n\n", Flaw.LINE_END),
        (b"GET /" + b"a" * 200, Flaw.TARGET_TOO_LONG),
        (GET[:-2] + b"X: " + b"a" * 500, Flaw.HEAD_TOO_LARGE),
    ],
)
def test_a_head_that_never_ends_is_not_waited_for(data: bytes, flaw: Flaw) -> None:
    whole, bytewise = RequestScan(LIMITS), RequestScan(LIMITS)
    assert whole.feed(data) == b"" and whole.flaw is flaw
    assert not any(bytewise.feed(data[at : at + 1]) for at in range(len(data))) and bytewise.flaw is flaw
