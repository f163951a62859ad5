import pytest

from caching import Exchange, Headers, Outcome, Reason, Reply
from caching.answering import Answering, Step
from tests.caching.driver import Shelf
from tests.caching.samples import T0_MS, cache, entry, head, request


def test_an_answer_ends_it_and_says_why() -> None:
    mine = Answering(cache(Shelf()), request("/a"))
    serve = mine._serve(entry(), Outcome.HIT, Reason.FRESH, T0_MS)
    assert mine._step is Step.DONE and mine.record.outcome is Outcome.HIT
    assert Headers(serve.reply.headers).get("cache-status") == "edge-1; hit; ttl=60; detail=fresh"
    with pytest.raises(RuntimeError, match="must be new"):
        mine._expect(Step.NEW)


def test_a_refusal_and_a_relay_end_it_too() -> None:
    mine = Answering(cache(Shelf()), request("/a"))
    assert mine._refuse(508, Reason.LOOP) == (508, Reason.LOOP) and mine.record.reason is Reason.LOOP
    relay = Answering(mine._cache, request("/a"))._relay_alone(head(200, cache_status="origin; hit"))
    assert relay.fill is None
    assert (Headers(relay.reply.headers).get("cache-status") or "").startswith("origin; hit, edge-1; ")


def test_a_peer_is_told_how_far_the_log_was_applied() -> None:
    mine = Answering(cache(Shelf()), request("/a")._replace(from_peer=True))
    reply = mine.with_status(Reply(200, (), None), None, None, None)
    assert ("headwater-position", "0") in reply.headers


def test_it_shows_where_it_stands() -> None:
    assert repr(Exchange(cache(Shelf()), request("/a"))) == "Exchange(GET http://cdn.test/a, new)"
