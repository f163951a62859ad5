"""What the simulated origin says, and how it fails."""

import pytest

from caching import Failure, Headers, Request, Slice
from caching.fields import format_http_date
from simulator import Condition, SimObject
from simulator.origin import Table, failing_answer
from simulator.site import make_object
from tests.simulator.worlds import ask, get, headers, world_of

NOW_MS = 1_700_000_000_000
PAGE = make_object("/page", 100, "max-age=5", version=3, modified_ms=NOW_MS - 60_000, tags=("a", "b"))
NOTE = SimObject("/note", 5, Headers(), writable=True)
GONE = SimObject("/gone", 9, Headers([("cache-control", "max-age=9")]), status=410)
KEPT = SimObject("/kept", 5, Headers([("content-location", "/kept")]), writable=True)
TABLE = Table([PAGE, NOTE, KEPT, GONE])


def request(target: str = "/page", method: str = "GET", /, **values: str) -> Request:
    return Request(method, "http", "origin", target, headers(**values))


def test_an_object_comes_with_its_fields_and_a_date() -> None:
    head, part = TABLE.answer(request(), NOW_MS)
    assert (head.status, part, head.position) == (200, Slice(0, 100), None)
    assert dict(head.headers) == {
        "cache-control": "max-age=5",
        "cache-tag": "a, b",
        "content-length": "100",
        "date": format_http_date(NOW_MS),
        "etag": '"v3"',
        "last-modified": format_http_date(NOW_MS - 60_000),
    }


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        (request("/page?session=1"), 200, Slice(0, 100)),
        (request("/page", "HEAD"), 200, Slice(0, 0)),
        (request(if_none_match='"v3"'), 304, Slice(0, 0)),
        (request(if_none_match='"v2"'), 200, Slice(0, 100)),
        (request(if_match='"v2"'), 412, Slice(0, 0)),
        (request(if_modified_since=format_http_date(NOW_MS)), 304, Slice(0, 0)),
        (request(range="bytes=90-"), 206, Slice(90, 10)),
        (request(range="bytes=100-"), 416, Slice(0, 0)),
        (request(range="bytes=0-9", if_range='"v2"'), 200, Slice(0, 100)),
        (request("/page", "PUT"), 405, Slice(0, 0)),
        (request("/note", "PUT"), 204, Slice(0, 0)),
        (request("/kept", "POST"), 200, Slice(0, 5)),
        (request("/gone"), 410, Slice(0, 9)),
        (request("/nothing"), 404, Slice(0, 0)),
        (request("/nothing", "PUT"), 404, Slice(0, 0)),
    ],
)
def test_requests_are_answered_by_the_rules_of_http(asked: Request, status: int, part: Slice) -> None:
    answer = TABLE.answer(asked, NOW_MS)
    assert (answer.head.status, answer.part) == (status, part)


def test_a_query_that_has_an_object_of_its_own_gets_that() -> None:
    table = Table([PAGE, make_object("/page?a=1", 7, "max-age=5")])
    assert table.answer(request("/page?a=1"), NOW_MS).part.length == 7
    assert table.answer(request("/page?a=2"), NOW_MS).part.length == 100


def test_the_text_of_every_version_that_was_there_can_be_read() -> None:
    def playlist(version: int) -> SimObject:
        return SimObject("/list", 3, Headers([("etag", f'"v{version}"')]), text=f"list {version}")

    table = Table([playlist(1)])
    table.put(playlist(2))
    assert (table.text_of("/list", '"v1"'), table.text_of("/list", '"v2"')) == ("list 1", "list 2")
    assert table.text_of("/list", '"v3"') == ""


def test_a_failing_origin_says_so() -> None:
    assert failing_answer(NOW_MS).head.status == 503


def test_an_origin_that_is_down_breaks_off_what_it_was_sending() -> None:
    world = world_of()
    asked = ask(world)
    world.at(54, lambda: setattr(world.origin, "condition", Condition.DOWN))
    world.settle()
    assert asked.got.failure is Failure.ABORTED
    assert 0 < asked.got.size_bytes < 1_000_000
    assert get(world).status == 502


@pytest.mark.parametrize(
    ("condition", "status", "failure", "took_ms"),
    [
        (Condition.FAILING, 503, None, 100),
        (Condition.DOWN, 502, None, 100),
        (Condition.SILENT, 504, None, 15_020),
    ],
)
def test_ways_to_fail(condition: Condition, status: int, failure: Failure | None, took_ms: int) -> None:
    world = world_of()
    world.origin.condition = condition
    got = get(world)
    assert (got.status, got.failure) == (status, failure)
    assert got.ended_us - got.asked_us == took_ms * 1_000


def test_a_breaking_origin_sends_half() -> None:
    world = world_of()
    world.origin.condition = Condition.BREAKING
    got = get(world)
    assert (got.status, got.size_bytes, got.failure) == (200, 500_000, Failure.ABORTED)
    world.origin.condition = Condition.UP
    assert get(world).failure is None, "nothing of the half was kept"
