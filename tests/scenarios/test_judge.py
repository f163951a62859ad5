"""A case can fail: each thing that is not as expected is complained of, and nothing else is."""

import pytest

from caching import Headers, Request
from tests.scenarios.got import Got
from tests.scenarios.judge import complaints, parameters
from tests.scenarios.load import parse
from tests.scenarios.script import Asked

GOT = Got(
    200,
    Headers([("age", "5"), ("cache-status", 'inner; fwd=miss, edge-1; hit; ttl=9; key="k"')]),
    7,
    b"content",
    interim=(103,),
    closed=False,
)
ASKED = Asked(Request("GET", "http", "cdn.test", "/a", Headers([("range", "bytes=0-1")])), b"")


def judged(step: str, got: Got = GOT, asked: tuple[Asked, ...] = (ASKED,)) -> list[str]:
    text = f"- id: one\n  section: x\n  rule: y.\n  legs: [live]\n  why: z.\n  steps:\n    - {step}\n"
    return list(complaints(parse(text, "file")[0].steps[0], [got], list(asked)))


@pytest.mark.parametrize(
    "expected",
    [
        "status: 200",
        "status: [404, 200]",
        "headers: {Age: 5}",
        "one_of: {Age: [4, 5]}",
        "present: [Age]",
        "absent: [Vary]",
        "body: content",
        "size: 7",
        "cache: hit; ttl=9; !stored; !fwd; key=k",
        "interim: 103",
    ],
)
def test_what_is_as_expected_is_not_complained_of(expected: str) -> None:
    assert judged(f"{{send: GET /a, origin: {{}}, expect: {{{expected}}}}}") == []


@pytest.mark.parametrize(
    ("expected", "complaint"),
    [
        ("status: 404", "status 200, not 404"),
        ("headers: {Age: 6}", "age: '5', not '6'"),
        ("headers: {Vary: x}", "vary: None, not 'x'"),
        ("one_of: {Age: [4, 6]}", "age: '5', not one of 4, 6"),
        ("present: [Vary]", "vary is absent"),
        ("absent: [Age]", "age: '5', and was to be absent"),
        ("body: CONTENT", "body b'content', not b'CONTENT'"),
        ("size: 8", "7 bytes, not 8"),
        ("cache: stored", "Cache-Status lacks stored"),
        ("cache: ttl=8", "Cache-Status lacks ttl=8"),
        ('cache: "!hit"', "Cache-Status has hit"),
        ("interim: [102, 103]", "interim responses (103,), not (102, 103)"),
        ("broken: true", "it came whole"),
        ("closed: true", "the connection went on"),
    ],
)
def test_what_is_not_as_expected_is(expected: str, complaint: str) -> None:
    found = judged(f"{{send: GET /a, origin: {{}}, expect: {{{expected}}}}}")
    assert len(found) == 1 and found[0].startswith(f"client 1, GET /a: {complaint}")


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ("method: HEAD", "method GET, not HEAD"),
        ("target: /b", "target /a, not /b"),
        ("body: x", "body b'', not b'x'"),
        ("headers: {Range: x}", "range: 'bytes=0-1', not 'x'"),
        ("absent: [Range]", "range: 'bytes=0-1', and was to be absent"),
    ],
)
def test_what_the_origin_is_sent_is_looked_at(asked: str, complaint: str) -> None:
    found = judged(f"{{send: GET /a, origin: {{}}, asked: {{{asked}}}}}")
    assert found == [f"origin, request 1: {complaint}"]


def test_the_origin_is_asked_as_often_as_it_has_answers() -> None:
    assert judged("{send: GET /a, origin: {}}", asked=()) == ["the origin was asked 0 times (nothing), not 1"]
    assert judged("{send: GET /a}") == ["the origin was asked 1 times (GET /a), not 0"]
    assert judged("{send: GET /a, origin: {file: abc}}", asked=(ASKED, ASKED)) == []
    assert "not at least 1" in judged("{send: GET /a, origin: {file: abc}}", asked=())[0]


def test_a_response_that_breaks_off_is_never_as_good_as_whole() -> None:
    broken = GOT._replace(broken=True)
    assert judged("{send: GET /a, origin: {}}", broken) == ["client 1, GET /a: it broke off"]


def test_what_a_leg_cannot_see_is_left_open() -> None:
    blind = GOT._replace(body=None, size_bytes=None, interim=None, closed=None)
    expected = "body: other, size: 99, interim: 102, closed: true"
    assert judged(f"{{send: GET /a, origin: {{}}, expect: {{{expected}}}}}", blind) == []


def test_parameters_are_those_of_our_own_member() -> None:
    assert parameters("a; hit; ttl=1, edge-1; fwd=miss; stored") == {"fwd": "miss", "stored": None}
    assert parameters("a; hit") == {}
