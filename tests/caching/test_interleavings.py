"""What holds however requests, heads, bodies, failures, purges and time interleave.

Seeded play on one node, with a model beside the cache: it knows of every body which purges had been
applied when its response was chosen, and nothing of freshness rules, flights or the index.
"""

from random import Random
from typing import NamedTuple

import pytest

from caching import (
    Action,
    Cache,
    CacheSettings,
    Exchange,
    Failure,
    Fetch,
    Follow,
    Outcome,
    Purge,
    Refuse,
    Relay,
    Scope,
    Serve,
)
from tests.caching.driver import Shelf
from tests.caching.samples import T0_MS, head, key_of, request

SETTINGS = CacheSettings(capacity_bytes=65, entry_overhead_bytes=1, max_object_bytes=40, purge_history=3)
TAGS = {"/a": "x", "/b": "x, y", "/c": "z"}
CONTROLS = {
    "fresh": "max-age=5, stale-while-revalidate=3, stale-if-error=4",
    "stale": "max-age=0",
    "private": "private",
    "none": "",
}
ANSWERS = ["fresh"] * 8 + ["stale", "private", "none", "503", "404", "304"]
METHODS = ["GET"] * 12 + ["HEAD", "HEAD", "POST"]
PURGES = [
    *(Purge(Scope.URL, target) for target in TAGS),
    *(Purge(Scope.TAG, tag) for tag in "xyz"),
    Purge(Scope.PREFIX, "http://cdn.test/b"),
    Purge(Scope.ALL),
]
EVERYTHING = Purge(Scope.ALL)


class Chosen(NamedTuple):
    """When a response was chosen: the newest event applied by whoever chose it, and our step."""

    position: int
    step: int


class Under:
    """An exchange under way, as a driver sees it."""

    def __init__(self, exchange: Exchange, target: str) -> None:
        self.exchange = exchange
        self.target = target
        self.action: Action | None = None
        self.asked = Chosen(0, 0)
        self.answered = Chosen(0, 0)
        self.purged_before = 0
        """The newest purge of its target when it began to wait for another."""
        self.told = False


class Play:
    """A node, its clients and its upstream, all moved by one seeded source of chance."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.shelf = Shelf()
        self.cache = Cache(SETTINGS, self.shelf.on_dropped)
        self.now_ms = T0_MS
        self.step = 0
        self.under_way: list[Under] = []
        self.filled: dict[int, Chosen] = {}
        """By serial: when its body was chosen."""
        self.validated: dict[int, Chosen] = {}
        """By serial: the newest state of the log at which it was said to hold."""
        self.purged = dict.fromkeys(TAGS, 0)
        self.purged_hard = dict.fromkeys(TAGS, 0)
        self.invalidated = dict.fromkeys(TAGS, 0)
        self.remaining: dict[int, tuple[int, int]] = {}
        """By serial: when it was last looked at, and how long it was fresh from then on."""
        self.served = dict.fromkeys(Outcome, 0)

    def run(self, steps: int) -> None:
        moves = [self.begin] * 8 + [self.answer] * 8 + [self.end_body] * 6 + [self.resume] * 8
        moves += [self.pass_time] * 4 + [self.purge, self.purge, self.fail, self.leave, self.hear_the_log]
        for self.step in range(1, steps + 1):
            self.random.choice(moves)()
            self.check()
        self.end_all()

    # What clients and upstream do

    def begin(self) -> None:
        target = self.random.choice(list(TAGS))
        under = Under(Exchange(self.cache, request(target, self.random.choice(METHODS))), target)
        self.under_way.append(under)
        self.obey(under, under.exchange.begin(self.now_ms))

    def answer(self) -> None:
        if (under := self.one(Fetch)) is None:
            return
        assert isinstance(under.action, Fetch)
        position, under.answered = None, under.asked
        if not under.action.origin_only and self.random.random() < 0.5:
            position = max(0, self.cache.position - self.random.choice([0, 0, 1, 6]))
            under.answered = Chosen(min(position, under.asked.position), under.asked.step)
        conditional = "if-none-match" in under.action.headers and self.random.random() < 0.5
        kind = "304" if conditional else self.random.choice(ANSWERS)
        status = int(kind) if kind.isdigit() else 200
        fields = {}
        if status != 304:
            fields = {"cache_control": CONTROLS.get(kind, ""), "cache_tag": TAGS[under.target], "etag": '"1"'}
            size_bytes = self.random.choice([None, 5, 20, 50])
            fields |= {"content_length": str(size_bytes)} if size_bytes is not None else {}
        if under.exchange.request.method == "POST" and status < 400:
            self.invalidated[under.target] = self.step
        self.obey(under, under.exchange.on_head(head(status, position, **fields), self.now_ms))

    def fail(self) -> None:
        if (under := self.one(Fetch)) is not None:
            self.obey(under, under.exchange.on_failure(Failure.TIMEOUT, self.now_ms))

    def end_body(self) -> None:
        if (under := self.one(Relay)) is None:
            return
        assert isinstance(under.action, Relay) and under.action.fill is not None
        if self.random.random() < 0.8:
            under.exchange.on_filled(under.action.fill.size_bytes or 30)
        else:
            under.exchange.on_fill_failed()
        self.end(under)

    def resume(self) -> None:
        under = self.one(Follow)
        if under is not None and under.told:
            under.told = False
            self.obey(under, under.exchange.on_flight(self.now_ms))

    def leave(self) -> None:
        if self.under_way:
            self.end(self.random.choice(self.under_way))

    # What happens to the node

    def purge(self) -> None:
        purge, position = self.random.choice(PURGES), self.cache.position + 1
        soft = self.random.random() < 0.5
        self.cache.apply_purge(purge._replace(soft=soft), position, self.now_ms)
        for target, tags in TAGS.items():
            if purge.matches(key_of(target), tags.split(", ")):
                self.purged[target] = position
                if not soft:
                    self.purged_hard[target] = position

    def pass_time(self) -> None:
        self.now_ms += self.random.choice([1, 500, 3_000])

    def hear_the_log(self) -> None:
        lease_ms = self.random.choice([None, None, None, 0, 2_000])
        self.cache.lease_until_ms = None if lease_ms is None else self.now_ms + lease_ms

    # How the driver obeys

    def obey(self, under: Under, action: Action) -> None:
        asks_again = isinstance(under.action, Fetch)
        under.action = action
        match action:
            case Fetch():
                if not asks_again:
                    under.asked = Chosen(self.cache.position, self.step)
            case Follow(flight):
                under.purged_before = self.purged[under.target]
                flight.on_decided(lambda: setattr(under, "told", True))
            case Relay(_, fill) if fill is not None:
                self.shelf.open(fill.serial)
                self.filled[fill.serial] = self.validated[fill.serial] = under.answered
            case Serve():
                self.serve(under, action)
                self.end(under)
            case Relay() | Refuse():
                self.end(under)

    def serve(self, under: Under, serve: Serve) -> None:
        outcome, serial = under.exchange.record.outcome, serve.entry.serial
        self.served[outcome] += 1
        if outcome is Outcome.REVALIDATED:
            self.validated[serial] = max(self.validated[serial], under.answered)
            self.remaining.pop(serial, None)
        elif outcome is Outcome.HIT:
            assert self.validated[serial].position >= self.purged[under.target]
            assert self.filled[serial].position >= self.purged_hard[under.target]
            assert self.filled[serial].step >= self.invalidated[under.target]
            assert not self.cache.is_fenced(self.now_ms)
        elif outcome is Outcome.STALE:
            assert self.filled[serial].position >= self.purged_hard[under.target]
        elif outcome is Outcome.COLLAPSED:
            assert self.validated[serial].position >= under.purged_before
        if serve.refresh is not None:
            refresh = Under(serve.refresh, under.target)
            self.under_way.append(refresh)
            self.obey(refresh, serve.refresh.begin(self.now_ms))

    def end(self, under: Under) -> None:
        under.exchange.finish()
        self.under_way.remove(under)

    def those(self, kind: type) -> list[Under]:
        return [under for under in self.under_way if isinstance(under.action, kind)]

    def one(self, kind: type) -> Under | None:
        choice = self.those(kind)
        return self.random.choice(choice) if choice else None

    # What always holds

    def check(self) -> None:
        stored = self.cache.index.matching(EVERYTHING)
        policy = self.cache.index.policy
        assert policy.used_bytes == sum((each.size_bytes or 0) + 1 for each in stored)
        assert policy.used_bytes <= policy.capacity_bytes
        relays = (under.action for under in self.those(Relay))
        filling = {relay.fill.serial for relay in relays if isinstance(relay, Relay) and relay.fill}
        assert self.shelf.kept == filling | {each.serial for each in stored}
        leading = len(self.those(Fetch)) + len(self.those(Relay))
        assert len(self.cache.flights) <= leading
        assert self.cache.flights.under_way <= leading
        assert leading or all(under.told for under in self.those(Follow))
        for each in stored:
            then_ms, left_ms = self.remaining.get(each.serial, (self.now_ms, 2**62))
            remaining_ms = each.remaining_ms(self.now_ms)
            assert remaining_ms <= left_ms - (self.now_ms - then_ms), "freshness grew with time"
            self.remaining[each.serial] = (self.now_ms, remaining_ms)

    def end_all(self) -> None:
        waiting = self.those(Follow)
        for under in [*self.those(Fetch), *self.those(Relay)]:
            self.end(under)
        assert all(under.told for under in waiting)
        for under in waiting:
            self.end(under)
        assert self.under_way == [] and len(self.cache.flights) == self.cache.flights.under_way == 0


@pytest.mark.parametrize("seed", range(8))
def test_the_promises_hold(seed: int) -> None:
    play = Play(seed)
    play.run(4_000)
    # Otherwise the play had nothing to show.
    for outcome in (Outcome.HIT, Outcome.STALE, Outcome.REVALIDATED, Outcome.COLLAPSED):
        assert play.served[outcome] >= 10, outcome
