import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching.headers import Headers
from caching.loop import ended_by, has_visited, mark_visit, visits, with_fewer_forwards
from caching.reasons import Reason
from tests.caching.samples import fields, request


@pytest.mark.parametrize(
    ("cdn_loop", "visited"),
    [
        ("edge-1", True),
        ("other, edge-1", True),
        ("edge-1; v=1, other", True),
        ('other; note="a, edge-1"', False),
        ("edge-10, xedge-1", False),
        ("EDGE-1", True),
        ("edge-1:8080", False),
        ('other;a=1 ; b="x\\"y, edge-1"', False),
        # Not well-formed: a quote that nobody closes hides nothing.
        ('other;note="a, edge-1', True),
        ('"other, edge-1', True),
        ("other;;, edge-1;", True),
        (", ,edge-1,", True),
        ("", False),
    ],
)
def test_a_request_that_was_here_before_is_known(cdn_loop: str, visited: bool) -> None:
    assert has_visited(fields(cdn_loop=cdn_loop), "edge-1") is visited


def test_visits_are_in_order_over_all_lines() -> None:
    assert visits(Headers([("CDN-Loop", "a; x=1, b"), ("cdn-loop", "c")])) == ["a", "b", "c"]
    assert visits(fields()) == []


@given(st.text('",;= \\\tab-', max_size=20))
def test_no_field_hides_a_visit(before: str) -> None:
    marked = mark_visit(fields(cdn_loop=before), "edge-1")
    assert has_visited(marked, "edge-1")
    assert mark_visit(marked, "edge-2").all("cdn-loop") == [f"{marked.get('cdn-loop')}, edge-2"]


def test_a_visit_is_marked_behind_those_before() -> None:
    first = mark_visit(fields(accept="x"), "edge-1")
    assert dict(first) == {"accept": "x", "cdn-loop": "edge-1", "via": "1.1 edge-1"}
    second = mark_visit(first, "edge-2")
    assert second.get("cdn-loop") == "edge-1, edge-2" and second.get("via") == "1.1 edge-1, 1.1 edge-2"
    assert has_visited(second, "edge-1") and has_visited(second, "edge-2")


@pytest.mark.parametrize(
    ("method", "told", "end", "sent_on"),
    [
        ("OPTIONS", "0", (501, Reason.MAX_FORWARDS), None),
        ("TRACE", "00", (501, Reason.MAX_FORWARDS), None),
        ("TRACE", "10", None, "9"),
        ("OPTIONS", "99999999999999", None, str(2**31 - 1)),
        ("OPTIONS", "-1", None, "-1"),
        ("OPTIONS", "x", None, "x"),
        ("OPTIONS", "0, 5", None, "0, 5"),
        ("GET", "0", None, "0"),
        ("POST", "0", None, "0"),
    ],
)
def test_only_options_and_trace_count_hops(
    method: str, told: str, end: tuple[int, Reason] | None, sent_on: str | None
) -> None:
    asked = request("/a", method, max_forwards=told)
    assert ended_by(asked, "edge-1") == end
    if sent_on is not None:
        assert with_fewer_forwards(asked).headers.get("max-forwards") == sent_on


def test_a_loop_ends_whatever_the_method() -> None:
    for method in ("GET", "POST", "OPTIONS"):
        assert ended_by(request("/a", method, cdn_loop="edge-1"), "edge-1") == (508, Reason.LOOP)
    assert ended_by(request("/a"), "edge-1") is None
    assert with_fewer_forwards(request("/a", "OPTIONS")) == request("/a", "OPTIONS")
