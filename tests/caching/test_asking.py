from caching.asking import Asking
from caching.parts import Likeness
from tests.caching.driver import Shelf
from tests.caching.samples import T0_MS, cache, entry, request

STORED = entry(etag='"1"')


def asking(**fields: str) -> Asking:
    return Asking(cache(Shelf()), request("/a", **fields))


def test_a_leader_asks_whether_it_has_changed() -> None:
    mine = asking(accept="x", range="bytes=0-9", if_none_match='"mine"')
    fetch = mine.for_all(STORED, T0_MS)
    assert fetch.method == "GET" and not fetch.origin_only and mine.asked_ms == T0_MS
    assert fetch.headers.get("if-none-match") == '"1"' and fetch.headers.get("accept") == "x"
    assert "range" not in fetch.headers
    mine.unconditional = mine.origin_only = True
    fetch = mine.for_all(STORED, T0_MS)
    assert fetch.origin_only and "if-none-match" not in fetch.headers


def test_a_leader_asks_for_a_part_of_what_belongs_together() -> None:
    mine = asking(range="bytes=0-0")
    mine.span, mine.like = "bytes=100-199", Likeness('"1"', 500)
    assert mine.for_all(None, T0_MS).headers.get("if-match") == '"1"'
    fetch = mine.for_all(STORED, T0_MS)
    assert fetch.headers.get("range") == "bytes=100-199" and "if-match" not in fetch.headers


def test_a_client_is_passed_on_in_his_own_words_or_in_those_that_stand_for_them() -> None:
    mine = asking(range="bytes=0-9", if_none_match='"mine"')
    fetch = mine.for_one(T0_MS)
    assert fetch.headers.get("range") == "bytes=0-9" and fetch.headers.get("if-none-match") == '"mine"'
    mine.words = fetch.headers.replacing([("range", "bytes=5-9")])
    assert mine.for_one(T0_MS).headers.get("range") == "bytes=5-9"


def test_who_is_fenced_asks_no_peer() -> None:
    mine = asking()
    mine._cache.lease_until_ms = T0_MS
    assert mine.for_one(T0_MS).origin_only and not mine.for_one(T0_MS - 1).origin_only
