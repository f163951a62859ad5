import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching import Headers, Request
from caching.invalidation import invalidated_keys, is_safe, same_origin_target
from tests.caching.samples import SETTINGS, head, key_of, request


@pytest.mark.parametrize(
    ("reference", "target"),
    [
        ("/b", "/b"),
        ("b", "/dir/b"),
        ("", "/dir/a?q=1"),
        ("?q=2", "/dir/a?q=2"),
        ("../b", "/b"),
        ("../../../b", "/b"),
        ("./b?x=../y", "/dir/b?x=../y"),
        ("/b#part", "/b"),
        ("http://cdn.test/b", "/b"),
        ("HTTP://CDN.Test:80/b?x", "/b?x"),
        ("http://cdn.test", "/"),
        ("//cdn.test/b", "/b"),
        ("https://cdn.test/b", None),
        ("http://cdn.test:8080/b", None),
        ("http://cdn.test./b", None),
        ("http://other.test/b", None),
        ("//other.test/b", None),
        ("http://cdn.test@other.test/b", None),
        ("http://other.test@cdn.test/b", None),
        ("http://[/b", None),
        ("mailto:someone", None),
    ],
)
def test_a_reference_counts_within_the_origin(reference: str, target: str | None) -> None:
    assert same_origin_target(request("/dir/a?q=1"), reference) == target


@given(st.text(max_size=30))
def test_no_reference_raises_or_leaves_the_origin(reference: str) -> None:
    target = same_origin_target(request("/a"), reference)
    assert target is None or target.startswith("/")


@pytest.mark.parametrize(
    ("method", "status", "fields", "targets"),
    [
        ("POST", 200, {}, ["/a"]),
        ("PUT", 204, {"location": "/b", "content_location": "c?z=1&y=2"}, ["/a", "/b", "/c?y=2&z=1"]),
        ("M-SEARCH", 303, {"location": "/a", "content_location": "http://other.test/c"}, ["/a"]),
        ("post", 200, {}, ["/a"]),
        ("DELETE", 404, {"location": "/b"}, []),
        ("DELETE", 500, {"location": "/b"}, []),
        ("GET", 200, {"content_location": "/b"}, []),
        ("OPTIONS", 200, {"location": "/b"}, []),
    ],
)
def test_what_a_response_invalidates(
    method: str, status: int, fields: dict[str, str], targets: list[str]
) -> None:
    keys = invalidated_keys(request("/a", method), head(status, **fields), SETTINGS.ignored_params)
    assert list(keys) == [key_of(target) for target in targets]


def test_every_line_counts() -> None:
    answer = head(201)._replace(headers=Headers([("Location", "/b"), ("Location", "/c")]))
    keys = invalidated_keys(Request("POST", "http", "cdn.test", "/a", Headers()), answer, frozenset())
    assert keys == (key_of("/a"), key_of("/b"), key_of("/c"))


def test_methods_have_case_and_unknown_ones_are_unsafe() -> None:
    assert is_safe("GET") and is_safe("HEAD") and is_safe("QUERY")
    assert not is_safe("get") and not is_safe("PATCHY")
