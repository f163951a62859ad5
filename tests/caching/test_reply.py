from dataclasses import replace

import pytest

from caching import Headers, Reply, Slice
from caching.fields import format_http_date
from caching.messages import POSITION
from caching.reply import TO_THE_END, make_reply, relayed_reply
from tests.caching.samples import T0_MS, entry, head, request

MODIFIED = format_http_date(T0_MS - 5_000)
STORED = entry(
    size_bytes=100,
    etag='"a"',
    last_modified=MODIFIED,
    date=MODIFIED,
    x_note="1",
    cache_tag="t",
    access_control_allow_origin="*",
    access_control_expose_headers="Age",
)


def field(reply: Reply, name: str) -> str | None:
    return Headers(reply.headers).get(name)


def names(reply: Reply) -> set[str]:
    return {name for name, _ in reply.headers}


def test_the_whole_has_every_stored_field_and_its_age() -> None:
    reply = make_reply(request(), STORED, T0_MS + 2_500)
    assert (reply.status, reply.body) == (200, Slice(0, 100))
    assert reply.headers == (*STORED.headers, ("age", "7"))


def test_a_head_has_the_same_fields_and_no_body() -> None:
    whole = make_reply(request(), STORED, T0_MS)
    assert make_reply(request("/a", "HEAD"), STORED, T0_MS) == whole._replace(body=None)


@pytest.mark.parametrize(
    "asked",
    [{"if_none_match": '"a"'}, {"if_none_match": 'W/"a"'}, {"if_modified_since": MODIFIED}],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_304_repeats_what_a_200_would_say_of_caching(asked: dict[str, str], method: str) -> None:
    reply = make_reply(request("/a", method, **asked), STORED, T0_MS)
    assert (reply.status, reply.body) == (304, None)
    cors = {"access-control-allow-origin", "access-control-expose-headers"}
    assert names(reply) == {"cache-control", "date", "etag", "last-modified", "age", *cors}


def test_206_with_the_part_and_its_place() -> None:
    reply = make_reply(request(range="bytes=10-19"), STORED, T0_MS)
    assert (reply.status, reply.body) == (206, Slice(10, 10))
    assert field(reply, "content-range") == "bytes 10-19/100" and field(reply, "content-length") == "10"
    assert field(reply, "etag") == '"a"' and field(reply, "x-note") == "1"


@pytest.mark.parametrize("if_range", ['"b"', 'W/"a"', format_http_date(T0_MS)])
def test_a_range_of_another_representation_gets_the_whole(if_range: str) -> None:
    reply = make_reply(request(range="bytes=10-19", if_range=if_range), STORED, T0_MS)
    assert (reply.status, reply.body) == (200, Slice(0, 100))


def test_a_range_means_nothing_to_a_head() -> None:
    """RFC 9110 section 14.2: range handling is defined for GET alone."""
    reply = make_reply(request("/a", "HEAD", range="bytes=10-19"), STORED, T0_MS)
    assert (reply.status, reply.body, field(reply, "content-length")) == (200, None, "100")


def test_416_says_the_size_and_can_be_read_by_a_script() -> None:
    reply = make_reply(request(range="bytes=100-"), STORED, T0_MS)
    assert (reply.status, reply.body, field(reply, "content-length")) == (416, None, "0")
    assert field(reply, "content-range") == "bytes */100"
    assert field(reply, "access-control-allow-origin") == "*"


def test_conditions_come_before_ranges() -> None:
    reply = make_reply(request(range="bytes=100-", if_none_match='"a"'), STORED, T0_MS)
    assert reply.status == 304


def test_while_the_size_is_unknown_everything_is_sent_to_the_end() -> None:
    filling = replace(STORED, size_bytes=None)
    reply = make_reply(request(range="bytes=10-19"), filling, T0_MS)
    assert (reply.status, reply.body) == (200, TO_THE_END)


@pytest.mark.parametrize(("status", "body"), [(204, None), (404, Slice(0, 100)), (301, Slice(0, 100))])
def test_other_statuses_know_neither_conditions_nor_ranges(status: int, body: Slice | None) -> None:
    asked = request(range="bytes=10-19", if_none_match='"a"', if_match='"b"')
    reply = make_reply(asked, replace(STORED, status=status), T0_MS)
    assert (reply.status, reply.body) == (status, body)


def test_a_relayed_response_is_upstreams_own() -> None:
    received = head(404, x_note="1", connection="x-hop", x_hop="1", cache_status="peer; hit", age="3")
    received = received._replace(headers=received.headers.replacing([(POSITION, "12")]))
    reply = relayed_reply(request(), received)
    assert reply == Reply(404, (("x-note", "1"), ("age", "3")), TO_THE_END)


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 304), ("PUT", 204)])
def test_a_relayed_response_without_a_body(method: str, status: int) -> None:
    assert relayed_reply(request("/a", method), head(status)).body is None
