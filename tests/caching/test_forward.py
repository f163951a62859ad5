from dataclasses import replace

from caching import Headers
from caching.fields import format_http_date
from caching.forward import for_nobody, leader_headers, passed_headers
from tests.caching.samples import SETTINGS, T0_MS, entry, fields, request

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
    assert leader_headers(CLIENTS, None, SETTINGS) == fields(accept="x", **MARKS)


def test_a_leader_asks_whether_what_is_stored_has_changed() -> None:
    stored = entry(etag='W/"s"', last_modified=MODIFIED)
    conditions = {"if_none_match": 'W/"s"', "if_modified_since": MODIFIED}
    assert leader_headers(CLIENTS, stored, SETTINGS) == fields(accept="x", **conditions, **MARKS)


def test_a_leader_has_no_condition_when_what_is_stored_has_no_validator() -> None:
    assert leader_headers(CLIENTS, entry(), SETTINGS) == fields(accept="x", **MARKS)


def test_what_is_passed_keeps_the_clients_own_words() -> None:
    assert passed_headers(CLIENTS, SETTINGS) == fields(accept="x", **CONDITIONS, **MARKS)


def test_a_refresh_is_for_nobody() -> None:
    """Were the client's only-if-cached passed on, a peer would refuse."""
    asked = request("/a", "HEAD", accept="x", cache_control="only-if-cached", pragma="x", **CONDITIONS)
    assert for_nobody(asked) == request("/a", accept="x")


def test_what_names_another_target_than_the_key_does_is_not_forwarded() -> None:
    named = fields(x_http_method_override="DELETE", x_original_url="/b", x_forwarded_host="evil")
    asked = request("/a")._replace(headers=Headers((*named, ("forwarded", "host=evil"), ("accept", "x"))))
    expected = fields(accept="x", **MARKS)
    assert leader_headers(asked, None, SETTINGS) == passed_headers(asked, SETTINGS) == expected
    trusting = replace(SETTINGS, dropped_fields=frozenset())
    assert passed_headers(asked, trusting).get("x-forwarded-host") == "evil"


def test_upstream_is_told_the_clients_address_behind_those_before_it() -> None:
    asked = request("/a", x_forwarded_for="10.0.0.1")._replace(client="::1")
    assert leader_headers(asked, None, SETTINGS).get("x-forwarded-for") == "10.0.0.1, ::1"
    assert passed_headers(request()._replace(client="::1"), SETTINGS).get("x-forwarded-for") == "::1"
    silent = replace(SETTINGS, append_forwarded_for=False)
    assert leader_headers(asked, None, silent).get("x-forwarded-for") == "10.0.0.1"
    assert "x-forwarded-for" not in leader_headers(for_nobody(asked), None, SETTINGS)
