"""Request lines and what they aim at."""

import pytest

from edge import EdgeSettings
from edge.target import Aim, Aimless, aim_of

FIXED = EdgeSettings(origin_url="http://origin:8080")
KEPT = EdgeSettings(origin_url="http://origin:8080", preserve_host=True)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/a", "/a"),
        ("/a?b=%41&c=+", "/a?b=%41&c=+"),
        ("//evil/x", "//evil/x"),
        ("/%2e%2E/./x", "/%2e%2E/./x"),
        ("http://viewer:81/a%41?b=%42", "/a%41?b=%42"),
        ("http://viewer", "/"),
        ("http://viewer?b", "/?b"),
        ("HTTPS://viewer/a?b=http://c/d", "/a?b=http://c/d"),
    ],
)
def test_the_path_is_kept_as_it_was_written(target: str, path: str) -> None:
    assert aim_of("GET", target, "viewer", "http", FIXED) == Aim("http", "origin:8080", path)


@pytest.mark.parametrize(
    ("target", "host", "authority"),
    [
        ("/a", "viewer", "viewer"),
        ("/a", "Viewer.Example:81", "Viewer.Example:81"),
        ("/a", "[::1]:81", "[::1]:81"),
        ("http://other:82/a", "viewer", "other:82"),
        ("/a", None, "origin:8080"),
    ],
)
def test_the_site_is_the_clients_to_name_where_its_host_is_kept(
    target: str, host: str | None, authority: str
) -> None:
    aim = aim_of("GET", target, host, "https", KEPT)
    assert isinstance(aim, Aim) and (aim.authority, aim.target) == (authority, "/a")
    assert aim.scheme == ("http" if host is None else "https")


@pytest.mark.parametrize("host", ["a/b", "u@a", "a b", "a:", "a:x", "a?b", "[::1", "é"])
def test_a_host_that_is_no_authority_cannot_name_another_sites_object(host: str) -> None:
    assert aim_of("GET", "/c", host, "http", KEPT) is Aimless.BAD_HOST
    assert aim_of("GET", "/c", host, "http", FIXED) is Aimless.BAD_HOST
    assert aim_of("GET", "http://viewer/c", host, "http", KEPT) is Aimless.BAD_HOST


def test_an_empty_host_names_nothing_and_does_where_nothing_need_be_named() -> None:
    assert aim_of("GET", "/c", "", "http", KEPT) is Aimless.BAD_HOST
    assert isinstance(aim_of("GET", "/c", "", "http", FIXED), Aim)


@pytest.mark.parametrize("target", ["http:///a", "http://u:p@viewer/a"])
def test_neither_can_a_full_url_without_one(target: str) -> None:
    for settings in (KEPT, FIXED):
        assert aim_of("GET", target, "viewer", "http", settings) is Aimless.BAD_HOST


@pytest.mark.parametrize("target", ["*", "", "a", "viewer:80", "?b", "ftp://viewer/a", "file:///a"])
def test_what_has_no_path_is_for_nothing(target: str) -> None:
    assert aim_of("OPTIONS", target, "viewer", "http", FIXED) is Aimless.NO_PATH


def test_a_cache_is_no_tunnel() -> None:
    assert aim_of("CONNECT", "viewer:443", "viewer", "http", KEPT) is Aimless.TUNNEL


@pytest.mark.parametrize("why", Aimless)
def test_each_refusal_has_a_status_a_name_and_advice(why: Aimless) -> None:
    assert 400 <= why.status < 600 and why.error and len(why.message) > 20
