from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching import Entry
from caching.paths import Paths, folder_of
from tests.caching.samples import entry

STORED = entry()


def of(*keys: str) -> Paths:
    made = Paths()
    for key in keys:
        made.add(at(key))
    return made


def at(key: str) -> Entry:
    return replace(STORED, key=key)


@pytest.mark.parametrize(
    ("key", "folder"),
    [
        ("http://a/", "http://a/"),
        ("http://a/b", "http://a/"),
        ("http://a/b/c?d=/e/f", "http://a/b/"),
        ("http://a//b", "http://a//"),
        ("http://a", "http://a/"),
        ("http://a/" + "b/" * 40 + "c", "http://a/" + "b/" * 16),
    ],
)
def test_the_folder_of_a_key(key: str, folder: str) -> None:
    assert folder_of(key) == folder


segments = st.sampled_from(["a", "ab", "b", "", "a?b=/a/"])
paths = st.lists(segments, max_size=20).map(lambda names: "/" + "/".join(names))
keys = st.tuples(st.sampled_from(["http://x", "https://x", "http://xy"]), paths).map("".join)


@given(st.lists(keys, max_size=20), st.lists(keys, max_size=10), keys, st.integers(0, 40))
def test_what_begins_so_is_found_and_nothing_else(
    added: list[str], discarded: list[str], beginning: str, length: int
) -> None:
    made, held = of(*added), dict.fromkeys(added)
    for key in discarded:
        if key in held:
            made.discard(at(key))
            del held[key]
    prefix = beginning[:length]
    assert sorted(each.key for each in made.beginning(prefix)) == sorted(
        key for key in held if key.startswith(prefix)
    )
    path = "/" + prefix.partition("://")[2].partition("/")[2]
    assert sorted(each.key for each in made.beginning(path)) == sorted(
        key for key in held if key[key.index("/", 8) :].startswith(path)
    )
    assert sorted(made.sites) == sorted({key[: key.index("/", 8)] for key in held})
    for key in held:
        made.discard(at(key))
    assert made.sites == [] and made.beginning("") == []
