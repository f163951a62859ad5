"""A table is as one of tables would be, whatever is added and discarded."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from caching.entry import Entry
from caching.freshness import Freshness
from caching.headers import Headers
from caching.table import Table

FRESH = Freshness(1000, 0, 0, no_cache=False)


def entry(name: str, serial: int = 1) -> Entry:
    return Entry(f"http://a/{name}", serial, 200, Headers(), (), FRESH, 0, 0, 10, 0)


ONE, TWO, THREE = entry("1"), entry("2"), entry("3")


def test_entries_of_a_name_stay_in_the_order_in_which_they_came() -> None:
    table = Table[str]()
    assert table.of("tag") == [] and table.first("tag") is None and not table
    for each in (ONE, TWO, THREE):
        table.add("tag", each)
    assert table.of("tag") == [ONE, TWO, THREE] and table.first("tag") is ONE
    assert list(table.newest_first("tag")) == [THREE, TWO, ONE]
    table.discard("tag", ONE)
    table.add("tag", ONE)
    assert table.of("tag") == [TWO, THREE, ONE]


def test_a_name_without_entries_is_not_there() -> None:
    table = Table[str]()
    table.add("tag", ONE)
    table.discard("tag", TWO)
    table.discard("other", ONE)
    assert list(table) == ["tag"] and len(table) == 1
    table.add("tag", TWO)
    table.discard("tag", ONE)
    assert table.of("tag") == list(table.newest_first("tag")) == [TWO]
    table.discard("tag", TWO)
    assert "tag" not in table and not table and list(table.newest_first("tag")) == []


def test_a_successor_takes_the_place_of_its_id() -> None:
    table = Table[str]()
    for each in (ONE, replace(ONE, serial=2), TWO, replace(ONE, serial=3)):
        table.add("tag", each)
    assert [each.serial for each in table.of("tag")] == [3, 1]


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("ab"), st.sampled_from("1234"))))
def test_it_does_what_tables_in_a_table_do(steps: list[tuple[bool, str, str]]) -> None:
    table, plain = Table[str](), dict[str, dict[str, Entry]]()
    for serial, (adding, name, which) in enumerate(steps):
        one = entry(which, serial)
        if adding:
            table.add(name, one)
            plain.setdefault(name, {})[one.id] = one
        else:
            table.discard(name, one)
            plain.get(name, {}).pop(one.id, None)
        for each in "ab":
            held = list(plain.get(each, {}).values())
            assert table.of(each) == held and list(table.newest_first(each)) == held[::-1]
            assert table.first(each) == (held[0] if held else None) and (each in table) is bool(held)
