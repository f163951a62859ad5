"""Prepared answers: what they say is what the rules would, at any time, and they go when that may change."""

from hypothesis import given
from hypothesis import strategies as st

from caching import Cache, Entry, Exchange, Request, Serve
from edge.answers import head_bytes
from edge.prepared import Lines, Prepared, Shelf
from tests.caching.driver import Shelf as Bodies
from tests.caching.samples import SETTINGS, T0_MS, entry, fields, key_of, request

BODY = b"0123456789"


def cache_with(stored: Entry) -> Cache:
    cache = Cache(SETTINGS, Bodies().on_dropped)
    cache.index.commit(stored)
    return cache


def served(cache: Cache, asked: Request, now_ms: int) -> Serve | None:
    """What the rules say, when they say anything at once."""
    action = Exchange(cache, asked).begin(now_ms)
    return action if isinstance(action, Serve) else None


def prepared_of(stored: Entry, asked: Request, now_ms: int) -> Prepared:
    serve = served(cache_with(stored), asked, now_ms)
    assert serve is not None
    part = BODY if serve.reply.body is None else BODY[serve.reply.body.offset :][: serve.reply.body.length]
    return Prepared(asked.method, stored.key, stored, serve.reply, b"" if serve.reply.body is None else part)


ASKED = st.sampled_from(
    [
        request(),
        request("/a", "HEAD"),
        request(range="bytes=2-4"),
        request(if_none_match='"v1"'),
        request(if_none_match='"v2"'),
    ]
)


@given(
    ASKED,
    st.integers(0, 3_000),
    st.lists(st.integers(-2_000, 65_000), min_size=1, max_size=8),
    st.integers(0, 5_000),
)
def test_what_lies_ready_is_what_the_rules_would_say(
    asked: Request, age_ms: int, steps: list[int], began_ms: int
) -> None:
    stored = entry(etag='"v1"', age=str(age_ms // 1000), cache_control="max-age=61")
    began_ms += T0_MS
    prepared = prepared_of(stored, asked, began_ms)
    now_ms = began_ms
    for step in steps:
        now_ms += step
        is_right = prepared.from_ms <= now_ms < prepared.until_ms or prepared.renew(now_ms)
        serve = served(cache_with(stored), asked, now_ms)
        assert is_right is (serve is not None and serve.reply.headers[-1][1].endswith("detail=fresh"))
        if serve is not None and is_right:
            length = prepared.body_bytes
            head = head_bytes(serve.reply.status, serve.reply.headers, length, to_head=asked.method == "HEAD")
            body = serve.reply.body
            sent = b"" if body is None else BODY[body.offset : body.offset + body.length]
            assert prepared.head + prepared.rest == head + sent


def test_a_long_body_is_not_copied() -> None:
    stored = entry(size_bytes=100_000)
    serve = served(cache_with(stored), request(), T0_MS)
    assert serve is not None
    body = b"x" * 100_000
    prepared = Prepared("GET", stored.key, stored, serve.reply, body)
    assert prepared.renew(T0_MS) and prepared.rest is body and prepared.head.endswith(b"\r\n\r\n")


class Kept:
    """A shelf with an answer for each of some targets."""

    def __init__(self, *targets: str, max_answers: int = 100) -> None:
        self.lines = Lines()
        self.shelf = Shelf(max_answers)
        for target in targets:
            prepared = prepared_of(entry(target), request(target), T0_MS)
            self.shelf.put(key_of(target), self.lines, target.encode(), prepared)

    def left(self) -> list[str]:
        return [line.decode() for line in self.lines]


def test_an_answer_goes_when_anything_changes_under_its_key() -> None:
    kept = Kept("/a", "/a?b=1", "/c")
    kept.shelf.on_changed(entry("/a", serial=2))
    kept.shelf.on_changed(entry("/d"))
    assert kept.left() == ["/a?b=1", "/c"] and len(kept.shelf) == 2


def test_what_answers_other_queries_takes_all_of_its_path_away() -> None:
    kept = Kept("/a", "/a?b=1", "/c?b=1")
    kept.shelf.on_changed(entry("/a?b=2", no_vary_search="params"))
    assert kept.left() == ["/c?b=1"]


def test_the_oldest_makes_room() -> None:
    kept = Kept("/a", "/b", "/c", max_answers=2)
    assert kept.left() == ["/b", "/c"]
    kept.shelf.clear()
    assert not kept.left() and not len(kept.shelf)


def test_several_answers_for_a_key_go_together() -> None:
    kept, ranged = Kept("/a"), Lines()
    asked = Request("GET", "http", "cdn.test", "/a", fields(range="bytes=2-4"))
    kept.shelf.put(key_of("/a"), ranged, b"/a", prepared_of(entry("/a"), asked, T0_MS))
    kept.shelf.on_changed(entry("/a"))
    assert not ranged and not kept.left()


def test_many_ways_to_ask_for_one_thing_do_not_fill_the_memory() -> None:
    kept, asked = Kept(max_answers=10), []
    for number in range(100):
        headers = fields(if_none_match=f'"{number}"')
        prepared = prepared_of(entry("/a"), Request("GET", "http", "cdn.test", "/a", headers), T0_MS)
        asked.append(Lines())
        kept.shelf.put(key_of("/a"), asked[-1], b"/a", prepared)
    assert sum(map(len, asked)) == len(kept.shelf) <= 10 and asked[-1]


def test_an_answer_in_the_place_of_another_counts_once() -> None:
    kept = Kept("/a", "/a", "/a")
    assert kept.left() == ["/a"] and len(kept.shelf) == 1
