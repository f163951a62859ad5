from caching.fields import format_http_date
from caching.forward import for_nobody, leader_headers, passed_headers
from tests.caching.samples import T0_MS, entry, fields, request

MODIFIED = format_http_date(T0_MS)
CONDITIONS = {
    "if_match": '"c"',
    "if_none_match": '"c"',
    "if_modified_since": MODIFIED,
    "if_unmodified_since": MODIFIED,
    "if_range": '"c"',
    "range": "bytes=0-1",
}
MARKS = {"cdn_loop": "edge-1", "via": "1.1 edge-1"}
CLIENTS = request("/a", accept="x", connection="x-hop", x_hop="1", **CONDITIONS)


def test_a_leader_asks_for_the_whole_without_its_clients_conditions() -> None:
    assert leader_headers(CLIENTS, None, "edge-1") == fields(accept="x", **MARKS)


def test_a_leader_asks_whether_what_is_stored_has_changed() -> None:
    stored = entry(etag='W/"s"', last_modified=MODIFIED)
    conditions = {"if_none_match": 'W/"s"', "if_modified_since": MODIFIED}
    assert leader_headers(CLIENTS, stored, "edge-1") == fields(accept="x", **conditions, **MARKS)


def test_a_leader_has_no_condition_when_what_is_stored_has_no_validator() -> None:
    assert leader_headers(CLIENTS, entry(), "edge-1") == fields(accept="x", **MARKS)


def test_what_is_passed_keeps_the_clients_own_words() -> None:
    assert passed_headers(CLIENTS, "edge-1") == fields(accept="x", **CONDITIONS, **MARKS)


def test_a_refresh_is_for_nobody() -> None:
    """Were the client's only-if-cached passed on, a peer would refuse."""
    asked = request("/a", "HEAD", accept="x", cache_control="only-if-cached", pragma="x", **CONDITIONS)
    assert for_nobody(asked) == request("/a", accept="x")
