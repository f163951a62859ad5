import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching import Headers
from caching.groups import MAX_CHARACTERS, MAX_GROUPS, groups_of, invalidated_groups
from tests.caching.samples import fields, head, request


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ('"a"', ("a",)),
        ('"a", "B c" , "a"', ("a", "B c")),
        ('"a";x=1, "b";revalidate', ("a", "b")),
        ('""', ("",)),
        ("", ()),
        # Not a List of Strings
        ("a", ()),
        ('"a", b', ()),
        ('"a", ("b")', ()),
        ('"a", 1', ()),
        ('"a",', ()),
        ('"a', ()),
        ('"\u00e9"', ()),
    ],
)
def test_groups_are_a_list_of_strings(text: str, groups: tuple[str, ...]) -> None:
    """RFC 9875 section 2."""
    assert groups_of(fields(cache_groups=text)) == groups


def test_lines_count_together() -> None:
    assert groups_of(Headers([("Cache-Groups", '"a"'), ("cache-groups", '"b"')])) == ("a", "b")
    assert groups_of(fields()) == ()


def test_as_many_as_the_rfc_asks_for_and_not_without_end() -> None:
    names = [f"{number}{'x' * 28}" for number in range(MAX_GROUPS + 1)]
    assert groups_of(fields(cache_groups=", ".join(f'"{name}"' for name in names))) == tuple(names[:-1])
    long = "y" * (MAX_CHARACTERS + 1)
    assert groups_of(fields(cache_groups=f'"{long}", "{long[1:]}"')) == (long[1:],)


@pytest.mark.parametrize(
    ("method", "status", "groups"),
    [("POST", 200, ("a", "b")), ("M-SEARCH", 303, ("a", "b")), ("GET", 200, ()), ("PUT", 409, ())],
)
def test_only_a_change_invalidates(method: str, status: int, groups: tuple[str, ...]) -> None:
    """RFC 9875 section 3."""
    said = head(status, cache_group_invalidation='"a", "b"')
    assert invalidated_groups(request("/a", method), said) == groups
    assert invalidated_groups(request("/a", method), head(status)) == ()


@given(st.text(max_size=20))
def test_nothing_raises(text: str) -> None:
    assert all(type(name) is str for name in groups_of(fields(cache_groups=text)))
