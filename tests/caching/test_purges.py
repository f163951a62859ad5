import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching.purges import Purge, PurgeHistory, Scope, path_of, site_of
from caching.searches import BY_ALL, Variance

KEY = "http://cdn.test/vod/a/1.m4s?v=2"
TAGS = ("asset:a", "class:segment")


@pytest.mark.parametrize(
    ("scope", "value", "matches"),
    [
        (Scope.URL, KEY, True),
        (Scope.URL, "/vod/a/1.m4s?v=2", True),
        (Scope.URL, "/vod/a/1.m4s", False),
        (Scope.URL, "https://cdn.test/vod/a/1.m4s?v=2", False),
        (Scope.URL, "http://other.test/vod/a/1.m4s?v=2", False),
        (Scope.PREFIX, "http://cdn.test/vod/a/", True),
        (Scope.PREFIX, "/vod/a/", True),
        (Scope.PREFIX, "/vod/b/", False),
        (Scope.PREFIX, "http://cdn.test/vod/b/", False),
        (Scope.PREFIX, "vod/a", False),
        (Scope.TAG, "asset:a", True),
        (Scope.TAG, "asset", False),
        (Scope.ALL, "", True),
    ],
)
def test_what_a_purge_matches(scope: Scope, value: str, matches: bool) -> None:
    assert Purge(scope, value).matches(KEY, TAGS) is matches


@pytest.mark.parametrize(
    ("scope", "value", "by_all", "by_some", "unknown"),
    [
        (Scope.URL, "http://cdn.test/vod/a/1.m4s?v=2&from=x", False, True, True),
        (Scope.URL, "/vod/a/1.m4s?v=2&from=x", False, True, True),
        (Scope.URL, "/vod/a/1.m4s?v=3", False, False, True),
        (Scope.URL, "/vod/a/2.m4s?v=2", False, False, False),
        (Scope.PREFIX, "/vod/a/1.m4s?v=2&", False, False, False),
    ],
)
def test_a_purge_of_a_url_concerns_what_would_answer_it(
    scope: Scope, value: str, by_all: bool, by_some: bool, unknown: bool
) -> None:
    """No-Vary-Search."""
    purge, some = Purge(scope, value), Variance(frozenset([b"from"]))
    assert [purge.matches(KEY, (), said) for said in (BY_ALL, some, None)] == [by_all, by_some, unknown]
    assert history(purge).matched_after(0, KEY, (), some) is by_some


@pytest.mark.parametrize(
    ("key", "path"),
    [(KEY, "/vod/a/1.m4s?v=2"), ("http://a/", "/"), ("http://a", "/"), ("https://a:1//b", "//b")],
)
def test_path_of_a_key(key: str, path: str) -> None:
    assert path_of(key) == path and site_of(key) + path in (key, key + "/")


def history(*purges: Purge, limit: int = 10, floor: int = 0) -> PurgeHistory:
    """The purges at the positions 1, 2, 3, ..."""
    made = PurgeHistory(limit, floor)
    for position, purge in enumerate(purges, 1):
        made.add(purge, position)
    return made


A, B, C = (Purge(Scope.TAG, name) for name in "abc")


@pytest.mark.parametrize(
    ("tags", "after", "matched"),
    [(("a",), 0, True), (("a",), 1, False), (("b",), 1, True), (("b", "a"), 2, False), (("x",), 0, False)],
)
def test_whether_a_purge_has_matched_since(tags: tuple[str, ...], after: int, matched: bool) -> None:
    assert history(A, B).matched_after(after, KEY, tags) is matched


def test_a_purge_that_comes_again_counts_from_its_newest_position() -> None:
    again = history(A, B, A._replace(soft=True))
    assert again.matched_after(2, KEY, ("a",)) and not again.matched_after(2, KEY, ("b",))


def test_a_forgotten_purge_counts_as_matching_everything() -> None:
    overflown = history(A, B, C, limit=2)
    assert overflown.matched_after(0, KEY, ("x",))
    assert not overflown.matched_after(1, KEY, ("x",))
    assert overflown.matched_after(1, KEY, ("b",))


def test_repeating_one_purge_forgets_no_other() -> None:
    repeated = history(A, B, B, B, limit=2)
    assert not repeated.matched_after(0, KEY, ("x",)) and repeated.matched_after(0, KEY, ("a",))


def test_a_history_that_begins_in_the_middle_vouches_for_nothing_before() -> None:
    late = history(floor=7)
    assert late.matched_after(6, KEY, ()) and not late.matched_after(7, KEY, ())


purges = st.lists(
    st.builds(Purge, st.sampled_from(list(Scope)), st.sampled_from(["a", "/vod", KEY])), max_size=20
)


@given(purges, st.integers(1, 4), st.integers(0, 20))
def test_a_short_memory_never_misses_a_purge(applied: list[Purge], limit: int, after: int) -> None:
    truth = any(purge.matches(KEY, ("a",)) for purge in applied[after:])
    assert history(*applied, limit=100).matched_after(after, KEY, ("a",)) is truth
    assert history(*applied, limit=limit).matched_after(after, KEY, ("a",)) >= truth
