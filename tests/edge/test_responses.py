"""What upstream sends to one request, however the bytes come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.flaws import Flaw
from edge.responses import ResponseScan
from edge.settings import HeadLimits
from tests.edge.test_framing import BAD_BODIES, pieces
from tests.edge.test_framing import CHUNKED as ASKED_IN_CHUNKS

LIMITS = HeadLimits(max_line_bytes=100, max_head_bytes=400, max_fields=5)
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
WHOLE = CHUNKED + b"5\r\nhello\r\n00A;x=y\r\n\r\nhellohel\r\n0\r\nX-Trailer: 1\r\n\r\n"


def response_scan(*, to_head: bool = False, max_interim: int = 3) -> ResponseScan:
    return ResponseScan(LIMITS, to_head=to_head, max_interim=max_interim)


@pytest.mark.parametrize(("answer", "content"), [(OK, b"hi"), (WHOLE, b"hello\r\nhellohel")])
@given(cuts=st.lists(st.integers(0, 500), max_size=20))
def test_interim_responses_are_taken_out_and_chunks_undone(
    answer: bytes, content: bytes, cuts: list[int]
) -> None:
    scan = response_scan()
    assert b"".join(map(scan.feed, pieces(HINTS + CONTINUE + HINTS + answer, cuts))) == content
    assert scan.ended and not scan.surplus and scan.flaw is None
    assert [response.status for response in scan.interim] == [103, 100, 103]
    assert list(scan.interim[0].headers) == [("link", "</a>")]
    assert scan.head is not None and scan.head.status == 200 and len(scan.head.headers) == 1


def test_a_100_lets_the_upload_go_on_and_no_other_does() -> None:
    scan = response_scan()
    scan.feed(HINTS)
    assert not scan.continued
    scan.feed(CONTINUE)
    assert scan.continued and scan.head is None


def test_more_interim_responses_than_anybody_wants_are_a_flaw() -> None:
    scan = response_scan(max_interim=2)
    assert scan.feed(HINTS * 3 + OK) == b"" and scan.flaw is Flaw.INTERIM
    assert len(scan.interim) == 2


@pytest.mark.parametrize(
    ("answer", "to_head", "surplus"),
    [
        (OK, False, b"more"),
        (OK, False, OK),
        (b"HTTP/1.1 204 No Content\r\n\r\n", False, b"hi"),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n", False, b"hi"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", True, b"hi"),
        (WHOLE, False, OK),
    ],
)
def test_what_comes_beyond_an_answer_is_no_part_of_it(answer: bytes, to_head: bool, surplus: bytes) -> None:
    alone, followed = response_scan(to_head=to_head), response_scan(to_head=to_head)
    assert followed.feed(answer + surplus) == alone.feed(answer)
    assert followed.ended and followed.surplus
    assert alone.ended and not alone.surplus
    assert alone.feed(surplus) == b"" and alone.surplus


def test_a_body_without_an_end_of_its_own_ends_with_the_connection() -> None:
    scan = response_scan()
    for data, content in ((b"HTTP/1.1 200 OK\r\n\r\nany", b"any"), (b"thing", b"thing"), (OK, OK)):
        assert scan.feed(data) == content
    assert not scan.ended and scan.flaw is None
    scan.end()
    assert scan.ended


@pytest.mark.parametrize("answer", [OK[:-1], WHOLE[:-1], OK[:10], b""])
def test_no_other_response_does(answer: bytes) -> None:
    scan = response_scan()
    scan.feed(answer)
    scan.end()
    assert not scan.ended


@pytest.mark.parametrize("data", BAD_BODIES)
@given(cuts=st.lists(st.integers(0, 20_000), max_size=10))
def test_a_chunk_with_a_flaw_stops_everything(data: bytes, cuts: list[int]) -> None:
    scan = response_scan()
    answer = CHUNKED + data.removeprefix(ASKED_IN_CHUNKS)
    content = b"".join(map(scan.feed, pieces(answer + OK, cuts)))
    assert scan.flaw is Flaw.CHUNK and not scan.ended and content in (b"", b"hello", b"hell\r")


@pytest.mark.parametrize(
    ("data", "flaw"),
    [
        (b"HTTP/1.1 200 OK\nX: 1\n\n", Flaw.LINE_END),
        (b"HTTP/1.1 200 OK\r\nX : 1\r\n\r\n", Flaw.FIELD_NAME),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 500, Flaw.HEAD_TOO_LARGE),
    ],
)
def test_a_head_with_a_flaw_stops_everything(data: bytes, flaw: Flaw) -> None:
    whole, bytewise = response_scan(), response_scan()
    assert whole.feed(data) == b"" and whole.flaw is flaw and whole.head is None
    assert not any(bytewise.feed(data[at : at + 1]) for at in range(len(data))) and bytewise.flaw is flaw
    assert whole.feed(OK) == b""
