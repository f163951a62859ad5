"""Heads byte by byte: the two forms that there are, and what is wrong with all others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.flaws import Flaw
from edge.heads import (
    NO_BODY,
    UNTIL_CLOSE,
    Answer,
    Body,
    field_flaw,
    fields_of,
    request_body,
    response_answer,
    unfinished_flaw,
)
from edge.settings import HeadLimits

LIMITS = HeadLimits(max_line_bytes=100, max_head_bytes=400, max_fields=5)
CHUNKED = Body(None, chunked=True)


def request(*lines: bytes, line: bytes = b"GET /a HTTP/1.1", host: bytes = b"Host: a") -> bytes:
    return b"".join(text + b"\r\n" for text in (line, *((host,) if host else ()), *lines, b""))


def response(*lines: bytes, line: bytes = b"HTTP/1.1 200 OK") -> bytes:
    return request(*lines, line=line, host=b"")


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (request(), NO_BODY),
        (request(line=b"GET /a HTTP/1.0", host=b""), NO_BODY),
        (request(line=b"GET /a HTTP/1.0"), NO_BODY),
        (request(line=b"OPTIONS * HTTP/1.1"), NO_BODY),
        (request(line=b"GET http://b/%00;x=//..\\{}|^\"'<>`?a?b HTTP/1.1"), NO_BODY),
        (request(b"Content-Length: 12"), Body(12)),
        (request(b"content-LENGTH:  0012 "), Body(12)),
        (request(b"Content-Length: 0"), NO_BODY),
        (request(b"Transfer-Encoding: chunked"), CHUNKED),
        (request(b"TRANSFER-encoding:CHUNKED"), CHUNKED),
        (request(b"X: \xff\xc3\xa9\t~ ", b"Y:", b"!#$%&'*+.^_`|~09aZ-: z"), NO_BODY),
        (request(b"X-Content-Length: 1", b"X: \tcontent-length: 5"), NO_BODY),
        (request(host=b"Host:"), NO_BODY),
    ],
)
def test_a_request_says_how_its_body_ends(head: bytes, body: Body) -> None:
    assert request_body(head, LIMITS) == body


REQUEST_FLAWS: list[tuple[bytes, Flaw]] = [
    (request(line=b"GET /a"), Flaw.START_LINE),
    (request(line=b"GET"), Flaw.START_LINE),
    (request(line=b"GET  HTTP/1.1"), Flaw.TARGET),
    (request(line=b"GET /a  HTTP/1.1"), Flaw.TARGET),
    (request(line=b"GET\t/a HTTP/1.1"), Flaw.START_LINE),
    (request(line=b" GET /a HTTP/1.1"), Flaw.START_LINE),
    (request(line=b"G(T /a HTTP/1.1"), Flaw.START_LINE),
    (request(line=b"GET /a http/1.1"), Flaw.START_LINE),
    (request(line=b"GET /a HTTP/1.1 "), Flaw.START_LINE),
    (request(line=b"GET /a XTTP/1.1"), Flaw.START_LINE),
    (request(line=b"GET /a HTTP/0.9"), Flaw.VERSION),
    (request(line=b"GET /a HTTP/1.2"), Flaw.VERSION),
    (request(line=b"GET /a HTTP/2"), Flaw.VERSION),
    (request(line=b"PRI * HTTP/2.0", host=b""), Flaw.VERSION),
    (request(line=b"GET /a HTTP/01.1"), Flaw.VERSION),
    (request(line=b"GET /a HTTP/1.10"), Flaw.VERSION),
    (request(line=b"GET /a b HTTP/1.1"), Flaw.TARGET),
    (request(line=b"GET /a\x00 HTTP/1.1"), Flaw.TARGET),
    (request(line=b"GET /a\x7f HTTP/1.1"), Flaw.TARGET),
    (request(line=b"GET /\xc3\xa9 HTTP/1.1"), Flaw.TARGET),
    (request(line=b"GET /a#b HTTP/1.1"), Flaw.TARGET),
    (request(line=b"GET /" + b"a" * 100 + b" HTTP/1.1"), Flaw.TARGET_TOO_LONG),
    (request(line=b"GET /" + b"\x00" * 100 + b" HTTP/1.1"), Flaw.TARGET_TOO_LONG),
    (request(b"X: 1\nY: 2"), Flaw.LINE_END),
    (request(b"X: 1\rY: 2"), Flaw.LINE_END),
    (request(b"X: 1\r\r"), Flaw.LINE_END),
    (request(line=b"GET /a HTTP/1.1\n"), Flaw.LINE_END),
    (request(b" X: 1"), Flaw.FOLDED),
    (request(b"X: 1", b"\t2"), Flaw.FOLDED),
    (request(b" ", b"X: 1"), Flaw.FOLDED),
    (request(b"X : 1"), Flaw.FIELD_NAME),
    (request(b"X"), Flaw.FIELD_NAME),
    (request(b": 1"), Flaw.FIELD_NAME),
    (request(b"X\x00: 1"), Flaw.FIELD_NAME),
    (request(b"\xc3\xa9: 1"), Flaw.FIELD_NAME),
    (request(b"X(: 1"), Flaw.FIELD_NAME),
    (request(b"Content-Length : 5"), Flaw.FIELD_NAME),
    (request(b"X: a\x00b"), Flaw.FIELD_VALUE),
    (request(b"X: a\x07b"), Flaw.FIELD_VALUE),
    (request(b"X: a\x7fb"), Flaw.FIELD_VALUE),
    (request(b"Transfer-Encoding: \x0bchunked"), Flaw.FIELD_VALUE),
    (request(b"X: " + b"a" * 400), Flaw.HEAD_TOO_LARGE),
    (request(*[b"X: 1"] * 5), Flaw.HEAD_TOO_LARGE),
    (request(host=b""), Flaw.HOST),
    (request(b"Host: a"), Flaw.HOST),
    (request(b"HOST: b", line=b"GET /a HTTP/1.0"), Flaw.HOST),
    (request(b"Content-Length: 5", b"Content-Length: 5"), Flaw.LENGTH),
    (request(b"Content-Length: 5", b"CONTENT-LENGTH: 6"), Flaw.LENGTH),
    (request(b"Content-Length: 5, 5"), Flaw.LENGTH),
    (request(b"Content-Length: +5"), Flaw.LENGTH),
    (request(b"Content-Length: -5"), Flaw.LENGTH),
    (request(b"Content-Length: 0x5"), Flaw.LENGTH),
    (request(b"Content-Length: 5.0"), Flaw.LENGTH),
    (request(b"Content-Length: 5 5"), Flaw.LENGTH),
    (request(b"Content-Length:"), Flaw.LENGTH),
    (request(b"Content-Length: \xb2"), Flaw.LENGTH),
    (request(b"Content-Length: 5\t"), Flaw.LENGTH),
    (request(b"Content-Length:\t5"), Flaw.LENGTH),
    (request(b"Content-Length: " + b"9" * 19), Flaw.LENGTH),
    (request(b"Content-Length: 5", b"Transfer-Encoding: chunked"), Flaw.LENGTH_AND_CODING),
    (request(b"Transfer-Encoding: chunked", b"Content-Length: 0"), Flaw.LENGTH_AND_CODING),
    (request(b"Transfer-Encoding: x", b"Content-Length: 5"), Flaw.LENGTH_AND_CODING),
    (request(b"Transfer-Encoding: chunked, chunked"), Flaw.CODING),
    (request(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"), Flaw.CODING),
    (request(b"Transfer-Encoding: gzip, chunked"), Flaw.CODING),
    (request(b"Transfer-Encoding: identity"), Flaw.CODING),
    (request(b"Transfer-Encoding: xchunked"), Flaw.CODING),
    (request(b"Transfer-Encoding: chunked\t"), Flaw.CODING),
    (request(b"Transfer-Encoding:\tchunked"), Flaw.CODING),
    (request(b"Transfer-Encoding: chunked;q=1"), Flaw.CODING),
    (request(b'Transfer-Encoding: "chunked"'), Flaw.CODING),
    (request(b"Transfer-Encoding:"), Flaw.CODING),
    (request(b"Transfer-Encoding: chunked", line=b"POST /a HTTP/1.0"), Flaw.CODING_IN_1_0),
]


@pytest.mark.parametrize(("head", "flaw"), REQUEST_FLAWS)
def test_what_is_wrong_with_a_request(head: bytes, flaw: Flaw) -> None:
    assert request_body(head, LIMITS) is flaw


@pytest.mark.parametrize(
    ("head", "status", "body"),
    [
        (response(), 200, UNTIL_CLOSE),
        (response(line=b"HTTP/1.0 200"), 200, UNTIL_CLOSE),
        (response(line=b"HTTP/1.1 404 \xc3\xa9 \t"), 404, UNTIL_CLOSE),
        (response(b"Content-Length: 3"), 200, Body(3)),
        (response(b"Transfer-Encoding: chunked"), 200, CHUNKED),
        (response(b"Transfer-Encoding: zip"), 200, UNTIL_CLOSE),
        (response(b"Content-Length: 3", line=b"HTTP/1.1 304 Not Modified"), 304, NO_BODY),
        (response(b"Transfer-Encoding: chunked", line=b"HTTP/1.1 204 No Content"), 204, NO_BODY),
        (response(b"Content-Length: 3", line=b"HTTP/1.1 103 Early Hints"), 103, NO_BODY),
        (response(line=b"HTTP/1.1 999 Odd"), 999, UNTIL_CLOSE),
    ],
)
def test_an_answer_says_how_its_body_ends(head: bytes, status: int, body: Body) -> None:
    for to_head in (False, True):
        answer = response_answer(head, LIMITS, to_head=to_head)
        assert isinstance(answer, Answer)
        assert (answer.status, answer.body) == (status, NO_BODY if to_head else body)


OLD = b"HTTP/1.0 200 OK"


@pytest.mark.parametrize(
    ("head", "persists"),
    [
        (response(b"Content-Length: 3"), True),
        (response(b"Transfer-Encoding: chunked"), True),
        (response(b"Content-Length: 3", b"Connection: x, CLOSE"), False),
        (response(b"Content-Length: 3", b"Connection: x", b"Connection: close"), False),
        (response(b"Content-Length: 3", b"Connection: closed"), True),
        (response(), False),
        (response(b"Content-Length: 3", line=OLD), False),
        (response(b"Content-Length: 3", b"Connection: Keep-Alive", line=OLD), True),
        (response(b"Content-Length: 3", b"Connection: keep-alive, close", line=OLD), False),
        (response(b"Connection: keep-alive", line=OLD), False),
    ],
)
def test_an_answer_says_whether_its_connection_stays(head: bytes, persists: bool) -> None:
    answer = response_answer(head, LIMITS, to_head=False)
    assert isinstance(answer, Answer) and answer.persists is persists


RESPONSE_FLAWS: list[tuple[bytes, Flaw]] = [
    (response(line=b"HTTP/1.1 20 OK"), Flaw.START_LINE),
    (response(line=b"HTTP/1.1 2000 OK"), Flaw.START_LINE),
    (response(line=b"HTTP/1.1 020 OK"), Flaw.START_LINE),
    (response(line=b"HTTP/1.1  200 OK"), Flaw.START_LINE),
    (response(line=b"HTTP/1.1 200\tOK"), Flaw.START_LINE),
    (response(line=b"HTTP/1.1 200 O\x00K"), Flaw.START_LINE),
    (response(line=b"ICY 200 OK"), Flaw.START_LINE),
    (response(line=b"http/1.1 200 OK"), Flaw.START_LINE),
    (response(line=b""), Flaw.START_LINE),
    (response(line=b"HTTP/2.0 200 OK"), Flaw.VERSION),
    (response(line=b"HTTP/1.2 200 OK"), Flaw.VERSION),
    (response(line=b"HTTP/0.9 200 OK"), Flaw.VERSION),
    (response(b"X: 1\nY: 2"), Flaw.LINE_END),
    (response(b"X: 1\rY: 2"), Flaw.LINE_END),
    (response(b"X: 1", b" 2"), Flaw.FOLDED),
    (response(b"X : 1"), Flaw.FIELD_NAME),
    (response(b"X"), Flaw.FIELD_NAME),
    (response(b"X: \x00"), Flaw.FIELD_VALUE),
    (response(*[b"X: 1"] * 6), Flaw.HEAD_TOO_LARGE),
    (response(b"Content-Length: 3", b"Content-Length: 3"), Flaw.LENGTH),
    (response(b"Content-Length: 3, 3"), Flaw.LENGTH),
    (response(b"Content-Length: +3"), Flaw.LENGTH),
    (response(b"Content-Length: 3", b"Transfer-Encoding: chunked"), Flaw.LENGTH_AND_CODING),
    (response(b"Transfer-Encoding: gzip, chunked"), Flaw.CODING),
    (response(b"Transfer-Encoding: xchunked"), Flaw.CODING),
    (response(b"Transfer-Encoding: chunked\t"), Flaw.CODING),
    (response(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"), Flaw.CODING),
    (response(b"Transfer-Encoding: a", b"Transfer-Encoding: b"), Flaw.CODING),
    (response(b"Transfer-Encoding: chunked", line=b"HTTP/1.0 200 OK"), Flaw.CODING_IN_1_0),
]


@pytest.mark.parametrize(("head", "flaw"), RESPONSE_FLAWS)
def test_what_is_wrong_with_an_answer(head: bytes, flaw: Flaw) -> None:
    assert response_answer(head, LIMITS, to_head=False) is flaw
    assert response_answer(head, LIMITS, to_head=True) is flaw


@pytest.mark.parametrize(
    ("start", "flaw"),
    [
        (b"GET /a HTTP/1.1\r\nX: 1\r\nY: ", None),
        (b"GET /a HTTP/1.1\r", None),
        (b"", None),
        (b"GET /a HTTP/1.1\nHost: a\n\n", Flaw.LINE_END),
        (b"GET /a HTTP/1.1\rH", Flaw.LINE_END),
        (b"GET /" + b"a" * 100, Flaw.TARGET_TOO_LONG),
        (b"GET /a HTTP/1.1\r\nX: " + b"a" * 400, Flaw.HEAD_TOO_LARGE),
    ],
)
def test_what_is_wrong_already(start: bytes, flaw: Flaw | None) -> None:
    assert unfinished_flaw(start, 0, LIMITS) is flaw


def test_the_fields_of_a_head_line_by_line() -> None:
    head = response(b"Link: </a>; rel=preload", b"X:  1 ", b"x:\t\xe9:2", line=b"HTTP/1.1 103 Early Hints")
    assert list(fields_of(head)) == [("link", "</a>; rel=preload"), ("x", "1"), ("x", "\xe9:2")]


@given(st.binary(max_size=60))
def test_nothing_raises_and_a_line_is_a_field_exactly_when_a_head_may_hold_it(line: bytes) -> None:
    head = request(line)
    verdict = request_body(head, HeadLimits())
    assert isinstance(verdict, (Body, Flaw)) and isinstance(
        response_answer(head, LIMITS, to_head=False), (Answer, Flaw)
    )
    if b"\r" not in line and b"\n" not in line and line and not field_flaw(line):
        assert isinstance(verdict, Body) or verdict in (Flaw.HOST, Flaw.LENGTH, Flaw.CODING)
    elif line:
        assert isinstance(verdict, Flaw)
