from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caching import Dropped, Entry, Purge, Scope
from caching.entry import Part
from caching.index import CacheIndex
from caching.policies import make_policy
from tests.caching.driver import Shelf
from tests.caching.samples import T0_MS, entry, fields, key_of, request

KEY = key_of("/a")


def index_of(shelf: Shelf, *entries: Entry, capacity_bytes: int = 100, policy: str = "lru") -> CacheIndex:
    index = CacheIndex(make_policy(policy, capacity_bytes), 1, shelf.on_dropped)
    for each in entries:
        commit(index, shelf, each)
    return index


def commit(index: CacheIndex, shelf: Shelf, stored: Entry) -> tuple[bool, tuple[str, ...]]:
    shelf.open(stored.serial)
    return index.commit(stored)


def variant(serial: int, accept: str, now_ms: int = T0_MS) -> Entry:
    return entry("/a", serial, now_ms=now_ms, asking=request(accept=accept), vary="accept")


def test_nothing_is_found_under_a_key_that_is_not_there() -> None:
    assert index_of(Shelf()).find(KEY, fields()) == (None, False)


def test_a_request_finds_the_variant_that_it_selects() -> None:
    one, two = variant(1, "x"), variant(2, "y")
    index = index_of(Shelf(), one, two)
    assert index.find(KEY, fields(accept="y")) == (two, True)
    assert index.find(KEY, fields(accept="z")) == (None, True)
    assert index.any_variant(KEY) is one and index.any_variant(key_of("/b")) is None
    assert index.variants(KEY) == [one, two]


def test_of_several_that_match_the_newest_is_used() -> None:
    plain, newer = entry("/a", 1), variant(2, "x", now_ms=T0_MS + 1)
    assert index_of(Shelf(), newer, plain).find(KEY, fields(accept="x")).entry is newer


def test_a_language_is_spoken_to_those_who_prefer_it() -> None:
    stored = entry(asking=request(accept_language="en, de"), vary="accept-language", content_language="de")
    exact = entry("/a", 2, asking=request(accept_language="de"), vary="accept-language")
    assert index_of(Shelf(), stored).find(KEY, fields(accept_language="de")).entry is stored
    assert index_of(Shelf(), stored, exact).find(KEY, fields(accept_language="de")).entry is exact


def test_of_too_many_variants_the_oldest_goes() -> None:
    shelf = Shelf()
    index = CacheIndex(make_policy("lru", 100), 1, shelf.on_dropped, max_variants=2)
    one, two, three = variant(1, "x"), variant(2, "y"), variant(3, "z")
    for each in (one, two):
        commit(index, shelf, each)
    index.refresh(one)
    assert commit(index, shelf, three) == (True, ())
    assert index.variants(KEY) == [one, three] and shelf.causes == [Dropped.VARIANTS]
    check(index, shelf)


def test_other_queries_are_answered_where_the_response_says_so() -> None:
    stored = entry("/a?id=1&from=x", no_vary_search='params=("from")', vary="accept")
    index = index_of(Shelf(), stored, entry("/b?id=1", 2))
    for target, expected in {
        "/a?id=1": (stored, True),
        "/a?from=y&id=1": (stored, True),
        "/a?id=2": (None, False),
        "/b": (None, False),
    }.items():
        assert index.find(key_of(target), fields()) == expected
    assert index.find(key_of("/a?id=1"), fields(accept="x")) == (None, True)
    assert index.answering(key_of("/a?id=1")) == index.answering(stored.key) == [stored]


def test_of_those_that_stand_for_the_same_queries_the_newest_stays() -> None:
    shelf = Shelf()
    index = index_of(shelf, *(entry(f"/a?from={n}", n, no_vary_search="params") for n in (1, 2, 3)))
    assert shelf.kept == {3} and shelf.causes == [Dropped.REPLACED] * 2
    check(index, shelf)
    # In whatever order their bodies end, and whoever must go for them.
    commit(index, shelf, entry("/a?from=0", 0, no_vary_search="params"))
    commit(index, shelf, entry("/a?from=4", 4, 99, no_vary_search="params"))
    assert shelf.kept == {4}
    check(index, shelf)


def test_groups_are_those_of_a_site() -> None:
    index = index_of(Shelf(), entry("/a", 1, cache_groups='"g", "h"'), entry("/b", 2, cache_groups='"h"'))
    assert [each.serial for each in index.grouped("http://cdn.test", "h")] == [1, 2]
    assert index.grouped("http://cdn.test", "H") == index.grouped("http://other.test", "h") == []
    index.remove(entry("/a"), Dropped.INVALIDATED)
    assert index.grouped("http://cdn.test", "g") == []


def test_an_entry_without_a_size_is_not_stored() -> None:
    with pytest.raises(RuntimeError, match=f"entry of {KEY} has no size yet"):
        index_of(Shelf()).commit(replace(entry(), size_bytes=None))


def test_a_successor_takes_the_place_of_the_same_variant() -> None:
    shelf = Shelf()
    index = index_of(shelf, entry("/a", 1), entry("/a", 2))
    assert shelf.kept == {2} and shelf.causes == [Dropped.REPLACED]
    assert index.policy.used_bytes == 11 and len(index) == 1
    assert index.holds(entry("/a", 2)) and not index.holds(entry("/a", 1))


def test_a_late_body_does_not_take_the_place_of_a_newer_response() -> None:
    shelf = Shelf()
    index = index_of(shelf, entry("/a", 2))
    assert commit(index, shelf, entry("/a", 1)) == (False, ())
    assert shelf.kept == {2} and index.policy.used_bytes == 11


def test_what_makes_room_is_named_and_dropped() -> None:
    shelf = Shelf()
    index = index_of(shelf, entry("/a", 1, 39), entry("/b", 2, 39))
    assert commit(index, shelf, entry("/c", 3, 79)) == (True, (KEY, key_of("/b")))
    assert shelf.kept == {3} and shelf.causes == [Dropped.EVICTED, Dropped.EVICTED]


def test_what_the_policy_will_not_have_is_dropped_at_once() -> None:
    shelf = Shelf()
    index = index_of(shelf, entry("/a", 1))
    assert commit(index, shelf, entry("/b", 2, 100)) == (False, ())
    assert shelf.kept == {1} and shelf.causes == [Dropped.NOT_ADMITTED]


def test_a_successor_that_is_not_admitted_leaves_nothing_behind() -> None:
    shelf = Shelf()
    index = index_of(shelf, entry("/a", 1))
    assert commit(index, shelf, entry("/a", 2, 100)) == (False, ())
    assert shelf.kept == set() and len(index) == 0 and index.policy.used_bytes == 0


def test_a_refreshed_entry_keeps_its_body_and_changes_its_tags() -> None:
    shelf = Shelf()
    index = index_of(shelf, entry("/a", 1, cache_tag="old"))
    index.refresh(entry("/a", 1, cache_tag="new"))
    assert shelf.kept == {1} and shelf.causes == []
    assert index.matching(Purge(Scope.TAG, "old")) == []
    assert len(index.matching(Purge(Scope.TAG, "new"))) == 1


def test_an_entry_can_be_removed_by_an_older_view_of_it() -> None:
    found = entry("/a", 1, cache_tag="old")
    index = index_of(Shelf(), found)
    index.refresh(entry("/a", 1, cache_tag="new"))
    index.remove(found, Dropped.PURGED)
    assert index.matching(Purge(Scope.TAG, "new")) == [] and len(index) == 0


def test_only_the_very_response_is_refreshed() -> None:
    index = index_of(Shelf(), entry("/a", 2))
    index.refresh(entry("/a", 1, cache_tag="new"))
    index.refresh(entry("/b", 3))
    assert index.matching(Purge(Scope.TAG, "new")) == [] and len(index) == 1


@pytest.mark.parametrize(
    ("purge", "serials"),
    [
        (Purge(Scope.URL, KEY), [1, 2]),
        (Purge(Scope.URL, "/a"), [1, 2]),
        (Purge(Scope.URL, "/nothing"), []),
        (Purge(Scope.PREFIX, "http://cdn.test/"), [1, 2, 3]),
        (Purge(Scope.PREFIX, "http://cdn"), [1, 2, 3]),
        (Purge(Scope.PREFIX, "http://cdn.test/a"), [1, 2]),
        (Purge(Scope.PREFIX, "http://other.test/"), []),
        (Purge(Scope.PREFIX, "/b"), [3]),
        (Purge(Scope.TAG, "t"), [3]),
        (Purge(Scope.ALL), [1, 2, 3]),
    ],
)
def test_what_a_purge_concerns(purge: Purge, serials: list[int]) -> None:
    index = index_of(Shelf(), variant(1, "x"), variant(2, "y"), entry("/b", 3, cache_tag="t"))
    assert [stored.serial for stored in index.matching(purge)] == serials


steps = st.lists(
    st.tuples(
        st.sampled_from(["commit", "commit", "commit", "refresh", "remove", "purge", "hit"]),
        st.sampled_from(["/a", "/b", "/c", "/a?z=1", "/b/c"]),
        st.sampled_from(["x", "y"]),
        st.integers(0, 60),
    ),
    max_size=40,
)


@pytest.mark.parametrize("policy", ["fifo", "lru"])
@settings(max_examples=60)
@given(steps=steps)
def test_tables_bytes_and_bodies_stay_in_step(policy: str, steps: list[tuple[str, str, str, int]]) -> None:
    shelf = Shelf()
    index = index_of(shelf, policy=policy)
    for serial, (step, target, tag, size_bytes) in enumerate(steps):
        asking = request(target, accept=tag)
        stored = entry(
            target,
            serial,
            size_bytes,
            asking=asking,
            vary="accept",
            cache_tag=f"{tag}, all",
            cache_groups=f'"{tag}"',
            no_vary_search='params=("z")' if tag == "y" else "",
        )
        held = index.find(stored.key, asking.headers).entry
        if step == "commit":
            commit(index, shelf, stored)
        elif step == "purge":
            for concerned in index.matching(Purge(Scope.TAG, tag)):
                index.remove(concerned, Dropped.PURGED)
        elif held is not None:
            if step == "refresh":
                index.refresh(replace(held, headers=fields(cache_tag="all, changed")))
            elif step == "remove":
                index.remove(held, Dropped.INVALIDATED)
            else:
                index.policy.hit(held.id)
        check(index, shelf)


def check(index: CacheIndex, shelf: Shelf) -> None:
    stored = index.matching(Purge(Scope.ALL))
    assert {each.serial for each in stored} == shelf.kept and len(index) == len(stored)
    assert index.policy.used_bytes == sum((each.size_bytes or 0) + 1 for each in stored)
    assert index.policy.used_bytes <= index.policy.capacity_bytes
    assert len(index.policy) == len(stored) and all(each.id in index.policy for each in stored)
    for each in stored:
        assert index.holds(each) and each in index.variants(each.key)
        assert each in index.answering(each.key) and each in index.matching(Purge(Scope.PREFIX, each.key))
        assert all(each in index.matching(Purge(Scope.TAG, tag)) for tag in each.tags)
        assert all(each in index.grouped("http://cdn.test", group) for group in each.groups)
    assert len(index.matching(Purge(Scope.PREFIX, "/"))) == len(stored)
    for tag in ("x", "y", "all", "changed"):
        assert len(index.matching(Purge(Scope.TAG, tag))) == sum(tag in each.tags for each in stored)


def part(first: int, serial: int, etag: str = '"1"', complete: int = 100) -> Entry:
    made = entry("/a", serial, 10, etag=etag, cache_tag="t", cache_groups='"g"')
    return replace(made, status=206, part=Part(first, complete))


def stocked(*entries: Entry) -> tuple[CacheIndex, Shelf]:
    shelf = Shelf()
    return index_of(shelf, *entries, capacity_bytes=1_000), shelf


class TestParts:
    """Parts of an object beside each other, and beside the whole."""

    def test_those_of_one_version_stay_together(self) -> None:
        index, shelf = stocked(part(0, 1), part(50, 2))
        assert len(index) == 2 and not shelf.causes
        assert index.find(KEY, fields()).entry is None, "a part is not the whole"
        assert index.parts.at(KEY, fields(), 55) is not None
        assert [one.serial for one in index.answering(KEY)] == [1, 2] and index.variants(KEY) == []

    def test_another_version_drops_them(self) -> None:
        index, shelf = stocked(part(0, 1), part(50, 2), part(20, 3, '"2"'))
        assert [one.serial for one in index.answering(KEY)] == [3]
        assert shelf.causes == [Dropped.REPLACED] * 2

    def test_so_does_another_length(self) -> None:
        index, _ = stocked(part(0, 1), part(50, 2, complete=99))
        assert [one.serial for one in index.answering(KEY)] == [2]

    def test_an_older_one_does_not_drop_a_newer(self) -> None:
        index, shelf = stocked(part(0, 2, '"2"'), part(50, 1))
        assert [one.serial for one in index.answering(KEY)] == [2] and shelf.causes == [Dropped.REPLACED]

    def test_a_whole_replaces_its_parts_and_another_version_the_whole(self) -> None:
        index, shelf = stocked(part(0, 1), entry("/a", 2, 100, etag='"1"'))
        assert [one.serial for one in index.answering(KEY)] == [2]
        commit(index, shelf, part(0, 3, '"2"'))
        assert [one.serial for one in index.answering(KEY)] == [3]

    def test_every_way_to_them_finds_them(self) -> None:
        index, _ = stocked(part(0, 1), part(50, 2))
        purges = [Purge(Scope.TAG, "t"), Purge(Scope.URL, KEY), Purge(Scope.PREFIX, "/"), Purge(Scope.ALL)]
        assert [len(index.matching(purge)) for purge in purges] == [2] * 4
        assert len(index.grouped("http://cdn.test", "g")) == 2
