import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching.searches import BY_ALL, Variance, answers, search_of, variance_of
from tests.caching.samples import fields


def variance(text: str) -> Variance:
    return variance_of(fields(no_vary_search=text))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("params", Variance(frozenset(), True)),
        ("params=?1", Variance(frozenset(), True)),
        ('params=("a" "b")', Variance(frozenset((b"a", b"b")))),
        ('params, except=("x")', Variance(frozenset([b"x"]), True)),
        ("params, except=()", Variance(frozenset(), True)),
        ("key-order", Variance(any_order=True)),
        ('key-order, params=("a")', Variance(frozenset([b"a"]), any_order=True)),
        ('unknown, params=("a");x', Variance(frozenset([b"a"]))),
        ('params=("%C3%A9+%E6%B0%97")', Variance(frozenset(["\u00e9 \u6c17".encode()]))),
    ],
)
def test_what_the_field_means(text: str, meaning: Variance) -> None:
    assert variance(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "",
        "unknown-key",
        'key-order="not a boolean"',
        'params="not a boolean or inner list"',
        "params=(not-a-string)",
        'params=("a"), except=("x")',
        "params=(), except=()",
        'params=?0, except=("x")',
        "params, except=(not-a-string)",
        'params, except="not an inner list"',
        "params, except=?1",
        'except=("x")',
        "except=()",
        "params=?0",
        "params=()",
        "key-order=?0",
        'params=("a"',
        "params=1",
        'key-order=(), params=("a")',
    ],
)
def test_what_is_not_understood_or_says_nothing_is_ignored(text: str) -> None:
    assert variance(text) == BY_ALL


@pytest.mark.parametrize(
    ("text", "stored", "asked", "answered"),
    [
        ("params", "/a?x=1", "/a", True),
        ("params", "/a?x=1", "/a?y=2&z", True),
        ("params", "/a?x=1", "/b?x=1", False),
        ("params", "/a", "/a/", False),
        ('params=("x")', "/a?x=1&y=1", "/a?y=1&x=2&x=3", True),
        ('params=("x")', "/a?x=1&y=1", "/a?x=1&y=2", False),
        ('params=("x")', "/a?x=1&y=1", "/a?X=1&y=1", False),
        ('params, except=("id")', "/a?id=1&x=1", "/a?x=2&id=1", True),
        ('params, except=("id")', "/a?id=1", "/a?id=2", False),
        ('params, except=("id")', "/a?id=1", "/a", False),
        ("key-order", "/a?b=2&a=1", "/a?a=1&b=2", True),
        ("key-order", "/a?a=1&a=2", "/a?a=2&a=1", False),
        # As a form is decoded
        ("key-order", "/a", "/a?", True),
        ("key-order", "/a?a=x", "/a?%61=%78", True),
        ("key-order", "/a?a=x&&&&", "/a?a=x", True),
        ("key-order", "/a?a=", "/a?a", True),
        ("key-order", "/a?a=%20", "/a?a=+", True),
        ("key-order", "/a?a=%2B", "/a?a=+", False),
        ("key-order", "/a?a=%f6", "/a?a=%ef%bf%bd", False),
        ('params=("%C3%A9")', "/a?%c3%a9=1", "/a?%C3%A9=2", True),
        # Nothing said
        ("", "/a?a=1", "/a?a=1", True),
        ("", "/a", "/a?", False),
        ("", "/a?a=x", "/a?%61=x", False),
    ],
)
def test_which_queries_a_response_answers(text: str, stored: str, asked: str, answered: bool) -> None:
    assert answers(stored, asked, variance(text)) is answered
    assert answers(f"http://a{stored}", f"http://a{asked}", variance(text)) is answered


def test_of_a_response_that_is_not_there_yet_any_query_of_its_path_may_be_meant() -> None:
    assert answers("/a?x=1", "/a?y=1", None) and answers("/a", "/a", None)
    assert not answers("/a?x=1", "/b?x=1", None)


texts = st.text('params=("ab%4 key-order,except)?1', max_size=24)
queries = st.text("ab%41=&+?\ud800\u00e9", max_size=12).map(lambda text: f"/p?{text}")


@given(texts, queries, queries)
def test_it_is_an_equivalence_of_what_counts(text: str, one: str, other: str) -> None:
    said = variance(text)
    assert answers(one, one, said)
    assert answers(one, other, said) == answers(other, one, said)
    if said != BY_ALL:
        assert answers(one, other, said) == (search_of(one, said) == search_of(other, said))
