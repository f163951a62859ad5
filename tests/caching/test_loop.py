import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching.headers import Headers
from caching.loop import has_visited, mark_visit, visits
from tests.caching.samples import fields


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
