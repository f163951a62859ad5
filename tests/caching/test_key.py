from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from caching import Headers, Request
from caching.key import DEFAULT_IGNORED_PARAMS, cache_key, with_normal_site

SITE = "http://cdn.test"


def key(target: str, ignored: frozenset[str] = DEFAULT_IGNORED_PARAMS) -> str:
    return cache_key("http", "cdn.test", target, ignored)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/", "/"),
        ("/a/b.m4s", "/a/b.m4s"),
        ("/A%20b", "/A%20b"),
        ("/a?b=2&a=1", "/a?a=1&b=2"),
        ("/a?b=2&a=9&b=1", "/a?a=9&b=2&b=1"),
        ("/a?a", "/a?a"),
        ("/a?a=", "/a?a="),
        ("/a?x=a=b", "/a?x=a=b"),
        ("/a?CMCD=br%3D3200&_HLS_throughput=9", "/a"),
        ("/a?token=secret", "/a?token=secret"),
        ("/a?CMC%44=1&%43MCD=2", "/a?%43MCD=2&CMC%44=1"),
        ("/a?v=2&CMCD=bl%3D1&_HLS_msn=7", "/a?_HLS_msn=7&v=2"),
        ("/a?tokens=1&cmcd=2", "/a?cmcd=2&tokens=1"),
        ("/a?", "/a?"),
        ("/a??", "/a??"),
        ("/a?&", "/a?&"),
        ("/a?&&b=1&a=2&", "/a?&&&a=2&b=1"),
        ("/a?CMCD=1&", "/a?"),
        ("/a?CMCD", "/a"),
        ("/%41%2f~%7E", "/%41%2f~%7E"),
        ("/a/../b/./c//d;x", "/a/../b/./c//d;x"),
        ("/a?b=1?c=2", "/a?b=1?c=2"),
        ("/a?b=1#part", "/a?b=1#part"),
        ("/a#part?b=1", "/a#part?b=1"),
    ],
)
def test_keys(target: str, expected: str) -> None:
    assert key(target) == SITE + expected


def test_scheme_and_authority_stand_in_every_key_in_lower_case() -> None:
    assert cache_key("HTTPS", "CDN.test:8443", "/A", frozenset()) == "https://cdn.test:8443/A"
    assert len({cache_key(s, a, "/", frozenset()) for s in ("http", "https") for a in ("a", "b")}) == 4


@pytest.mark.parametrize(
    ("scheme", "authority", "normal"),
    [
        ("HTTP", "CDN.Test:80", "http://cdn.test"),
        ("https", "cdn.test:443", "https://cdn.test"),
        ("http", "cdn.test:", "http://cdn.test"),
        ("http", "[::A]:80", "http://[::a]"),
        ("http", "[::80]", "http://[::80]"),
        ("http", "cdn.test:443", "http://cdn.test:443"),
        ("https", "cdn.test:80", "https://cdn.test:80"),
        ("http", "cdn.test:080", "http://cdn.test:080"),
        ("http", "cdn.test.", "http://cdn.test."),
        ("http", ":80", "http://:80"),
        ("ftp", "cdn.test:21", "ftp://cdn.test:21"),
    ],
)
def test_a_site_has_one_name(scheme: str, authority: str, normal: str) -> None:
    assert cache_key(scheme, authority, "/", frozenset()) == normal + "/"
    asked = with_normal_site(Request("GET", scheme, authority, "/", Headers()))
    assert f"{asked.scheme}://{asked.authority}" == normal


names = st.sampled_from(["a", "b", "v", "CMCD", "%43MCD", "_HLS_msn", ""])
params = st.lists(st.tuples(names, st.text("01=?%/", max_size=3)), max_size=6)


def written(items: list[tuple[str, str]]) -> str:
    return "/p?" + "&".join(f"{name}={value}" for name, value in items)


@given(params)
def test_nothing_but_the_ignored_is_lost(items: list[tuple[str, str]]) -> None:
    _, _, query = key(written(items)).partition("?")
    kept = [f"{name}={value}" for name, value in items if name not in DEFAULT_IGNORED_PARAMS]
    assert Counter(query.split("&") if query else []) == Counter(kept)


@given(params)
def test_the_order_of_different_names_does_not_matter(items: list[tuple[str, str]]) -> None:
    unique = list(dict(items).items())
    assert key(written(unique)) == key(written(unique[::-1]))


@given(params)
def test_a_key_is_its_own_key(items: list[tuple[str, str]]) -> None:
    once = key(written(items))
    assert key(once.removeprefix(SITE)) == once


targets = st.text("/ab%412=?&;.~C", min_size=1, max_size=12).map(lambda text: "/" + text)


def meaning(target: str) -> tuple[str, list[list[str]] | None]:
    """All that a target may tell an origin, but for the order of different names and what is ignored."""
    path, question, query = target.partition("?")
    by_name: dict[str, list[str]] = {}
    for item in query.split("&") if question else ():
        by_name.setdefault(item.partition("=")[0], []).append(item)
    kept = [by_name[name] for name in sorted(by_name) if name != "C"]
    return path, kept if kept and question else None


@given(targets, targets)
@example("/?a=1&b", "/?b&a=1")
@example("/?C=1", "/")
@example("/?", "/")
def test_two_targets_share_a_key_only_by_the_rules(one: str, other: str) -> None:
    same_key = key(one, frozenset("C")) == key(other, frozenset("C"))
    assert same_key == (meaning(one) == meaning(other))
