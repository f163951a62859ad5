"""Stories of requests: one after the other on the bare driver, and step by step where they interleave."""

import re
from dataclasses import replace

import pytest

from caching import (
    Cache,
    CacheSettings,
    Dropped,
    Exchange,
    Failure,
    Fetch,
    Follow,
    Headers,
    NotStored,
    Outcome,
    Purge,
    Reason,
    Record,
    Refuse,
    Relay,
    Reply,
    Request,
    ResponseHead,
    Scope,
    Serve,
    Slice,
)
from caching.fields import format_http_date
from caching.flights import FlightState
from tests.caching.driver import Answer, BareDriver, Shelf
from tests.caching.samples import SETTINGS, T0_MS, ScriptedOrigin, head, key_of, page, request

A_KEY = key_of("/a")
HEAD = head(cache_control="max-age=10", content_length="10", cache_tag="x")
"""What upstream says of /a in the stories that go step by step."""


class Story:
    """One node, one origin, and a clock which starts at T0_MS."""

    def __init__(self, *, settings: CacheSettings = SETTINGS, **pages: Answer | Failure) -> None:
        self.shelf = Shelf()
        self.cache = Cache(settings, self.shelf.on_dropped)
        self.origin = ScriptedOrigin(**pages)
        self.driver = BareDriver(self.cache, self.origin, self.shelf)

    def ask(self, at_ms: int = 0, target: str = "/a", method: str = "GET", /, **fields: str) -> Record:
        return self.driver.request(request(target, method, **fields), T0_MS + at_ms)

    def replies(self, **pages: Answer | Failure) -> None:
        """From now on the origin has these."""
        self.origin.pages.update({f"/{name}": answer for name, answer in pages.items()})

    def purge(self, scope: Scope, value: str = "", *, soft: bool = False, at_ms: int = 0) -> None:
        self.cache.apply_purge(Purge(scope, value, soft), self.cache.position + 1, T0_MS + at_ms)

    @property
    def last_served(self) -> Serve:
        assert isinstance(self.driver.last, Serve)
        return self.driver.last

    @property
    def last_reply(self) -> Reply:
        assert isinstance(self.driver.last, Serve | Relay)
        return self.driver.last.reply

    @property
    def last_relayed(self) -> Relay:
        assert isinstance(self.driver.last, Relay)
        return self.driver.last


def outcome(record: Record) -> tuple[Outcome, Reason]:
    return record.outcome, record.reason


SWR = "max-age=10, stale-while-revalidate=5"
SIE = "max-age=10, stale-if-error=5"
ETAG = {"etag": '"1"'}
GONE, BROKEN, BUSY = page(3, 404), page(3, 500, cache_control="no-store"), page(3, 503, cache_control="")


@pytest.mark.parametrize(
    ("first", "then", "at_ms", "expected", "status"),
    [
        (page(), page(), 9_999, (Outcome.HIT, Reason.FRESH), None),
        (page(), page(), 10_000, (Outcome.EXPIRED, Reason.EXPIRED), 200),
        (page(**ETAG), page(**ETAG), 10_000, (Outcome.REVALIDATED, Reason.EXPIRED), 304),
        (page(**ETAG), page(etag='"2"'), 10_000, (Outcome.EXPIRED, Reason.EXPIRED), 200),
        (page(cache_control="no-cache", **ETAG),) * 2 + (1, (Outcome.REVALIDATED, Reason.NO_CACHE), 304),
        (page(cache_control="no-store"),) * 2 + (1, (Outcome.BYPASS, Reason.HIT_FOR_MISS), 200),
        (page(cache_control="private"),) * 2 + (1, (Outcome.BYPASS, Reason.HIT_FOR_MISS), 200),
        (page(cache_control="private"),) * 2 + (120_000, (Outcome.MISS, Reason.URI_MISS), 200),
        (page(cache_control="private"), page(), 1, (Outcome.MISS, Reason.URI_MISS), 200),
        (page(cache_control=""),) * 2 + (1, (Outcome.MISS, Reason.URI_MISS), 200),
        (GONE, GONE, 9_999, (Outcome.HIT, Reason.FRESH), None),
        # RFC 5861 section 3
        (page(cache_control=SWR), page(), 15_000, (Outcome.STALE, Reason.STALE_WHILE_REVALIDATE), None),
        (page(cache_control=SWR), page(), 15_001, (Outcome.EXPIRED, Reason.EXPIRED), 200),
        # RFC 5861 section 4
        (page(cache_control=SIE), Failure.TIMEOUT, 15_000, (Outcome.STALE, Reason.STALE_IF_ERROR), None),
        (page(cache_control=SIE), BUSY, 15_000, (Outcome.STALE, Reason.STALE_IF_ERROR), 503),
        (page(cache_control=SIE), BROKEN, 15_000, (Outcome.STALE, Reason.STALE_IF_ERROR), 500),
        (page(cache_control=SIE), GONE, 15_000, (Outcome.EXPIRED, Reason.EXPIRED), 404),
        (page(cache_control=SIE), BUSY, 15_001, (Outcome.EXPIRED, Reason.EXPIRED), 503),
        (page(cache_control=SIE), Failure.TIMEOUT, 15_001, (Outcome.REFUSED, Reason.UPSTREAM_TIMEOUT), None),
        # RFC 9111 section 4.2.4
        (page(), Failure.UNREACHABLE, 10_000, (Outcome.STALE, Reason.STALE_IF_DISCONNECTED), None),
        (page(), Failure.INVALID, 10_000, (Outcome.REFUSED, Reason.UPSTREAM_INVALID), None),
        (page(), BUSY, 10_000, (Outcome.EXPIRED, Reason.EXPIRED), 503),
        (page(), Failure.UNREACHABLE, 3_610_001, (Outcome.REFUSED, Reason.UPSTREAM_UNREACHABLE), None),
        (
            page(cache_control="s-maxage=10"),
            Failure.UNREACHABLE,
            10_000,
            (Outcome.REFUSED, Reason.UPSTREAM_UNREACHABLE),
            None,
        ),
        (page(), Failure.UNREACHABLE, 9_999, (Outcome.HIT, Reason.FRESH), None),
        (
            page(cache_control=SIE + ", must-revalidate"),
            Failure.ABORTED,
            11_000,
            (Outcome.REFUSED, Reason.UPSTREAM_ABORTED),
            None,
        ),
    ],
)
def test_the_second_request(
    first: Answer,
    then: Answer | Failure,
    at_ms: int,
    expected: tuple[Outcome, Reason],
    status: int | None,
) -> None:
    story = Story(a=first)
    assert outcome(story.ask()) == (Outcome.MISS, Reason.URI_MISS)
    story.replies(a=then)
    record = story.ask(at_ms)
    assert (*outcome(record), record.forwarded_status) == (*expected, status)
    assert len(story.cache.flights) == 0


def test_a_miss_is_stored_and_hit() -> None:
    story = Story(a=page(10, x_note="1"))
    missed = story.ask()
    relay = story.last_relayed
    assert relay.fill is not None and relay.reply.body == Slice(0, 10)
    assert missed.stored and missed.forwarded and missed.not_stored is None
    hit = story.ask(2_000)
    serve = story.last_served
    assert serve.reply.status == 200 and serve.entry.serial == relay.fill.serial and serve.refresh is None
    assert not hit.forwarded and hit.forwarded_status is None
    sent = Headers(serve.reply.headers)
    assert sent.get("x-note") == "1" and sent.get("age") == "2"
    assert sent.get("cache-status") == "edge-1; hit; ttl=8; detail=fresh"


def test_what_a_leader_asks_for() -> None:
    story = Story(a=page(**ETAG))
    story.ask(0, "/a", if_none_match='"mine"', accept="x")
    story.ask(10_000, "/a")
    first, second = story.origin.asked
    assert first.method == second.method == "GET" and not first.origin_only
    assert first.headers.get("accept") == "x" and first.headers.get("cdn-loop") == "edge-1"
    assert "if-none-match" not in first.headers
    assert second.headers.get("if-none-match") == '"1"'


def test_a_304_makes_it_fresh_again() -> None:
    story = Story(a=page(**ETAG))
    story.ask()
    assert story.ask(10_000).outcome is Outcome.REVALIDATED
    assert story.last_served.reply.status == 200
    assert story.ask(19_999).outcome is Outcome.HIT
    assert story.shelf.kept == {1}


def test_an_unasked_304_is_no_answer() -> None:
    story = Story(a=page(0, 304))
    assert outcome(story.ask()) == (Outcome.REFUSED, Reason.UPSTREAM_INVALID)
    assert story.driver.last == Refuse(502, Reason.UPSTREAM_INVALID)


def test_stale_while_revalidate_refreshes_behind_the_client() -> None:
    story = Story(a=page(cache_control=SWR))
    story.ask()
    story.ask(12_000, "/a", "HEAD", range="bytes=0-1")
    served, refreshed = story.driver.records[1:]
    assert outcome(served) == (Outcome.STALE, Reason.STALE_WHILE_REVALIDATE) and not served.forwarded
    assert outcome(refreshed) == (Outcome.EXPIRED, Reason.EXPIRED) and refreshed.stored
    assert story.origin.asked[1].method == "GET" and "range" not in story.origin.asked[1].headers
    assert story.ask(21_999).outcome is Outcome.HIT
    assert story.shelf.kept == {2}


def test_a_refresh_that_fails_leaves_what_is_there() -> None:
    story = Story(a=page(cache_control=SWR + ", stale-if-error=0"))
    story.ask()
    story.replies(a=Failure.TIMEOUT)
    assert story.ask(12_000).outcome is Outcome.STALE
    assert outcome(story.driver.records[-1]) == (Outcome.REFUSED, Reason.UPSTREAM_TIMEOUT)
    assert story.ask(13_000).outcome is Outcome.STALE and story.shelf.kept == {1}


@pytest.mark.parametrize("status", [200, 204, 302, 404, 410])
@pytest.mark.parametrize("control", ["no-store", ""])
def test_what_upstream_no_longer_gives_is_not_served_stale_again(status: int, control: str) -> None:
    """RFC 9111 section 4.3.3: a full response says that nothing stored is suitable."""
    story = Story(a=page(cache_control=SWR + ", stale-if-error=99"))
    story.ask()
    story.replies(a=page(0, status, cache_control=control))
    assert story.ask(11_000).outcome is Outcome.STALE
    assert Dropped.REPLACED in story.shelf.causes and story.shelf.kept == set()
    story.replies(a=Failure.TIMEOUT)
    assert story.ask(12_000).outcome is Outcome.REFUSED


@pytest.mark.parametrize("status", [401, 403, 429, 500, 502])
def test_an_answer_that_is_about_the_request_leaves_what_is_there(status: int) -> None:
    story = Story(a=page(cache_control=SWR))
    story.ask()
    story.replies(a=page(0, status, cache_control="no-store"))
    assert story.ask(11_000).outcome is Outcome.STALE
    assert story.ask(12_000).outcome is Outcome.STALE and story.shelf.kept == {1}


class TestAStoredBodyThatCannotBeRead:
    """It leaves the index, and the request goes on as if it had not been there."""

    @staticmethod
    def story(**fields: str) -> Story:
        story = Story(a=page(**fields))
        story.ask()
        story.shelf.unreadable |= story.shelf.kept
        return story

    def check(self, story: Story, record: Record) -> None:
        assert (record.outcome, record.reason) == (Outcome.MISS, Reason.UNREADABLE)
        assert story.shelf.causes == [Dropped.UNREADABLE] and record.stored
        assert len(story.cache.index) == 1 and len(story.cache.flights) == 0
        again = story.ask(20)
        assert (again.outcome, again.reason) == (Outcome.HIT, Reason.FRESH)

    def test_a_hit_becomes_a_miss(self) -> None:
        story = self.story(etag='"1"')
        self.check(story, story.ask(10))
        assert "if-none-match" not in story.origin.asked[-1].headers

    def test_what_is_to_be_validated_is_asked_for_without_a_condition(self) -> None:
        story = self.story(etag='"1"')
        story.cache.lease_until_ms = T0_MS + 10
        record = story.ask(10)
        story.cache.lease_until_ms = None
        self.check(story, record)
        assert "if-none-match" not in story.origin.asked[-1].headers

    def test_what_would_stand_in_for_an_error_does_not(self) -> None:
        story = self.story(cache_control="max-age=10, stale-if-error=100")
        story.replies(a=Failure.UNREACHABLE)
        record = story.ask(11_000)
        assert (record.outcome, record.reason) == (Outcome.REFUSED, Reason.UPSTREAM_UNREACHABLE)
        assert story.shelf.causes == [Dropped.UNREADABLE] and len(story.cache.flights) == 0

    def test_a_head_needs_no_body(self) -> None:
        assert self.story().ask(10, "/a", "HEAD").outcome is Outcome.HIT

    def test_the_refresh_behind_a_stale_answer_brings_the_answer(self) -> None:
        story = self.story(cache_control="max-age=10, stale-while-revalidate=100", etag='"1"')
        asking = Exchange(story.cache, request())
        serve = asking.begin(T0_MS + 11_000)
        assert isinstance(serve, Serve) and serve.refresh is not None
        assert isinstance(serve.refresh.begin(T0_MS + 11_000), Fetch)
        assert isinstance(asking.on_unreadable(serve.entry, T0_MS + 11_000), Follow)
        fetch = serve.refresh.on_unreadable(serve.entry, T0_MS + 11_000)
        assert isinstance(fetch, Fetch) and "if-none-match" not in fetch.headers
        relay = serve.refresh.on_head(HEAD, T0_MS + 11_000)
        assert isinstance(relay, Relay) and relay.fill is not None
        story.shelf.open(relay.fill.serial)
        assert isinstance(asking.on_flight(T0_MS + 11_000), Serve)
        assert (asking.record.outcome, asking.record.reason) == (Outcome.COLLAPSED, Reason.UNREADABLE)
        serve.refresh.on_filled(10)
        assert story.shelf.causes == [Dropped.UNREADABLE] and story.shelf.kept == {relay.fill.serial}

    def test_who_wants_only_what_is_stored_is_told_that_nothing_is(self) -> None:
        record = self.story().ask(10, cache_control="only-if-cached")
        assert (record.outcome, record.reason) == (Outcome.REFUSED, Reason.ONLY_IF_CACHED)

    def test_followers_of_a_validation_begin_anew(self) -> None:
        story = self.story(cache_control="no-cache", etag='"1"')
        following = [Exchange(story.cache, request()) for _ in range(2)]
        leader, follower = following
        assert isinstance(leader.begin(T0_MS), Fetch) and isinstance(follower.begin(T0_MS), Follow)
        assert isinstance(leader.on_head(head(304, etag='"1"'), T0_MS), Serve)
        served = follower.on_flight(T0_MS)
        assert isinstance(served, Serve)
        assert isinstance(follower.on_unreadable(served.entry, T0_MS), Fetch)
        for each in following:
            each.finish()
        assert len(story.cache.flights) == 0 and len(story.cache.index) == 0


def test_a_head_that_misses_fills_like_a_get() -> None:
    story = Story(a=page())
    record = story.ask(0, "/a", "HEAD", if_none_match='"mine"')
    assert outcome(record) == (Outcome.MISS, Reason.URI_MISS) and record.not_stored is None
    assert story.origin.asked[0].method == "GET"
    assert story.origin.asked[0].headers.get("if-none-match") is None
    assert story.last_relayed.reply.body is None and story.last_relayed.fill is not None
    assert story.ask(1_000, "/a", "HEAD").outcome is Outcome.HIT


def test_a_head_is_answered_from_what_a_get_has_stored_and_validates_for_all() -> None:
    story = Story(a=page())
    story.ask()
    assert story.ask(1_000, "/a", "HEAD").outcome is Outcome.HIT
    assert story.last_served.reply.body is None
    assert story.ask(10_000, "/a", "HEAD").outcome is Outcome.REVALIDATED
    assert story.origin.asked[1].method == "HEAD" and story.last_served.reply.body is None
    assert story.ask(11_000).outcome is Outcome.HIT


@pytest.mark.parametrize(
    ("method", "status", "invalidates"),
    [
        ("POST", 200, True),
        ("PUT", 201, True),
        ("DELETE", 303, True),
        ("PATCHY", 200, True),
        ("POST", 400, False),
        ("POST", 500, False),
        ("OPTIONS", 200, False),
    ],
)
def test_other_methods_are_passed_and_unsafe_ones_invalidate(
    method: str, status: int, invalidates: bool
) -> None:
    """RFC 9111 section 4.4."""
    story = Story(a=page(), b=page())
    story.ask()
    story.ask(0, "/b")
    story.replies(a=page(0, status))
    record = story.ask(1_000, "/a", method, x_note="1")
    assert outcome(record) == (Outcome.BYPASS, Reason.METHOD) and record.not_stored is NotStored.METHOD
    assert story.origin.asked[-1].method == method and story.origin.asked[-1].headers.get("x-note") == "1"
    assert story.shelf.kept == ({2} if invalidates else {1, 2})


def test_an_unsafe_method_invalidates_where_it_says_that_the_change_is() -> None:
    story = Story(a=page(), b=page(), c=page(), d=page())
    for target in ("/a", "/b", "/c", "/d"):
        story.ask(0, target)
    location = {"location": "http://cdn.test:80/b", "content_location": "http://other.test/c"}
    story.replies(a=page(0, 201, None, **location))
    story.ask(1_000, "/a", "POST")
    assert story.shelf.kept == {3, 4} and story.shelf.causes == [Dropped.INVALIDATED] * 2


@pytest.mark.parametrize("condition", [{"if_match": '"2"'}, {"if_unmodified_since": "x"}])
def test_what_only_the_origin_may_evaluate_is_passed_on(condition: dict[str, str]) -> None:
    """RFC 9111 section 4.3.2."""
    story = Story(a=page(10, **ETAG))
    story.ask()
    record = story.ask(1, "/a", **condition, range="bytes=1-2")
    assert outcome(record) == (Outcome.BYPASS, Reason.PRECONDITION)
    assert record.not_stored is NotStored.PRECONDITION and story.shelf.kept == {1}
    asked = story.origin.asked[-1]
    assert {*condition, "range"} <= {name.replace("-", "_") for name, _ in asked.headers}


def test_a_response_without_last_modified_is_as_old_as_its_date() -> None:
    """RFC 9111 section 4.3.2."""
    story = Story(a=page(10, date=format_http_date(T0_MS)))
    story.ask()
    for since_ms, status in ((T0_MS - 1_000, 200), (T0_MS, 304), (T0_MS + 1_000, 304)):
        story.ask(1, "/a", if_modified_since=format_http_date(since_ms))
        assert story.last_served.reply.status == status


def test_upstream_sees_no_more_of_the_site_than_the_key() -> None:
    exchange = Exchange(Story().cache, request()._replace(scheme="HTTP", authority="CDN.test:80"))
    assert exchange.request[1:3] == ("http", "cdn.test") and exchange.key == key_of("/a")


POSTED_AFTER = format_http_date(T0_MS + 9_000)
POSTED = {"cache_control": "max-age=10", "content_location": "/a", "etag": '"p"'}


def test_what_a_post_says_of_its_target_is_kept_for_a_get() -> None:
    """RFC 9110 section 9.3.3."""
    story = Story(a=page())
    story.ask()
    story.replies(a=page(7, 200, None, **POSTED))
    record = story.ask(1, "/a", "POST", range="bytes=0-1", if_modified_since=POSTED_AFTER)
    assert outcome(record) == (Outcome.BYPASS, Reason.METHOD) and record.stored and record.not_stored is None
    assert story.shelf.causes == [Dropped.INVALIDATED] and story.origin.asked[-1].method == "POST"
    assert story.last_relayed.reply.status == 200 and story.last_relayed.reply.body == Slice(0, 7)
    assert outcome(story.ask(2)) == (Outcome.HIT, Reason.FRESH) and story.last_served.entry.serial == 2


@pytest.mark.parametrize(
    ("status", "changed"),
    [
        (200, {"content_location": "/b"}),
        (200, {"content_location": "http://other.test/a"}),
        (200, {"cache_control": "public", "last_modified": "Mon, 13 Nov 2023 00:00:00 GMT"}),
        (200, {"cache_control": "max-age=10, no-store"}),
        (201, {}),
        (400, {}),
    ],
)
def test_and_otherwise_it_is_not(status: int, changed: dict[str, str]) -> None:
    story = Story(a=page(7, status, None, **POSTED | changed))
    record = story.ask(0, "/a", "POST")
    assert record.not_stored in (NotStored.METHOD, NotStored.NO_STORE) and not record.stored
    assert len(story.cache.index) == len(story.cache.flights) == 0


def test_vary_keeps_variants_apart() -> None:
    story = Story(a=page(vary="Accept"))
    assert outcome(story.ask(0, "/a", accept="x")) == (Outcome.MISS, Reason.URI_MISS)
    assert outcome(story.ask(1, "/a", accept="y")) == (Outcome.MISS, Reason.VARY_MISS)
    assert outcome(story.ask(2, "/a", accept="x")) == (Outcome.HIT, Reason.FRESH)
    assert story.last_served.entry.serial == 1
    assert story.shelf.kept == {1, 2}


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        ({"range": "bytes=2-4"}, 206, Slice(2, 3)),
        ({"range": "bytes=-3"}, 206, Slice(7, 3)),
        ({"range": "bytes=10-"}, 416, None),
        ({"if_none_match": '"1"'}, 304, None),
        ({}, 200, Slice(0, 10)),
    ],
)
def test_ranges_and_conditions_are_settled_here_for_a_miss_and_a_hit(
    asked: dict[str, str], status: int, body: Slice | None
) -> None:
    story = Story(a=page(10, **ETAG))
    story.ask(0, "/a", **asked)
    first = story.last_reply
    story.ask(1, "/a", **asked)
    served = story.last_served.reply
    assert (first.status, first.body) == (served.status, served.body) == (status, body)
    assert len(story.origin.asked) == 1


def test_a_body_of_unknown_length_has_one_once_it_is_whole() -> None:
    story = Story(a=page(10, content_length=""))
    story.ask(0, "/a", range="bytes=2-4")
    assert story.last_reply.status == 200 and story.last_reply.body == Slice(0, -1)
    story.ask(1, "/a", range="bytes=2-4")
    assert story.last_served.reply.status == 206 and story.last_served.reply.body == Slice(2, 3)


def test_a_response_that_is_only_for_its_client_is_relayed_as_it_came() -> None:
    story = Story(a=page(10, cache_control="private", x_note="1", cache_status="origin; fwd=miss"))
    record = story.ask()
    assert record.not_stored is NotStored.PRIVATE and not record.stored
    sent = Headers(story.last_relayed.reply.headers)
    assert story.last_relayed.fill is None and sent.get("x-note") == "1"
    mine = "edge-1; fwd=uri-miss; fwd-status=200; detail=private"
    assert sent.get("cache-status") == f"origin; fwd=miss, {mine}"


def test_a_loop_is_refused() -> None:
    story = Story()
    record = story.ask(0, "/a", cdn_loop="edge-2, edge-1")
    assert outcome(record) == (Outcome.REFUSED, Reason.LOOP)
    assert story.driver.last == Refuse(508, Reason.LOOP) and story.origin.asked == []


def test_a_body_that_breaks_off_is_not_kept() -> None:
    story = Story(a=page()._replace(whole=False))
    record = story.ask()
    assert record.not_stored is NotStored.FILL_FAILED and not record.stored
    assert story.shelf.kept == set() and story.shelf.causes == [Dropped.FILL_FAILED]
    assert story.ask(1).outcome is Outcome.MISS


class TestLimits:
    small = replace(SETTINGS, capacity_bytes=50, max_object_bytes=20)

    def test_a_body_known_to_be_too_large_is_only_relayed(self) -> None:
        story = Story(settings=self.small, a=page(21))
        assert story.ask().not_stored is NotStored.TOO_LARGE
        assert story.last_relayed.fill is None

    def test_so_is_one_that_would_not_be_stored_anyway(self) -> None:
        story = Story(settings=self.small, a=page(21, cache_control=""))
        assert story.ask().not_stored is NotStored.TOO_LARGE
        assert story.last_relayed.fill is None

    def test_a_body_that_turns_out_too_large_is_dropped_at_its_end(self) -> None:
        story = Story(settings=self.small, a=page(21, content_length=""))
        record = story.ask()
        assert record.not_stored is NotStored.TOO_LARGE and not record.stored
        assert story.shelf.kept == set() and len(story.cache.index) == 0

    def test_what_the_policy_will_not_have_is_not_stored(self) -> None:
        story = Story(settings=replace(self.small, max_object_bytes=60), a=page(51))
        record = story.ask()
        assert record.not_stored is NotStored.NOT_ADMITTED and not record.stored
        assert story.shelf.causes == [Dropped.NOT_ADMITTED]

    def test_the_record_names_what_was_evicted(self) -> None:
        story = Story(settings=self.small, a=page(20), b=page(20), c=page(20))
        assert story.ask().evicted == () and story.ask(1, "/b").evicted == ()
        assert story.ask(2, "/c").evicted == (A_KEY,)
        assert story.ask(3, "/b").outcome is Outcome.HIT
        assert story.ask(4).evicted == (key_of("/c"),)


class Stage:
    """Several exchanges of one node, moved step by step."""

    def __init__(self, settings: CacheSettings = SETTINGS) -> None:
        self.shelf = Shelf()
        self.cache = Cache(settings, self.shelf.on_dropped)

    def exchange(self, target: str = "/a", method: str = "GET", /, **fields: str) -> Exchange:
        return Exchange(self.cache, request(target, method, **fields))

    def leader(self, at_ms: int = 0, target: str = "/a", /, **fields: str) -> Exchange:
        """A request which went upstream."""
        exchange = self.exchange(target, **fields)
        assert isinstance(exchange.begin(T0_MS + at_ms), Fetch)
        return exchange

    def follower(self, at_ms: int = 0, target: str = "/a", method: str = "GET", /, **fields: str) -> Exchange:
        """A request which waits for another."""
        exchange = self.exchange(target, method, **fields)
        assert isinstance(exchange.begin(T0_MS + at_ms), Follow)
        return exchange

    def fill(self, exchange: Exchange, answer: ResponseHead = HEAD, at_ms: int = 0) -> Relay:
        """Give the head; the body is on its way."""
        relay = exchange.on_head(answer, T0_MS + at_ms)
        assert isinstance(relay, Relay) and relay.fill is not None
        self.shelf.open(relay.fill.serial)
        return relay

    def stock(self, answer: ResponseHead = HEAD) -> None:
        leader = self.leader()
        self.fill(leader, answer)
        leader.on_filled(10)
        leader.finish()

    def pass_by(self, answer: ResponseHead, **fields: str) -> None:
        """A request comes and goes, and its response is for it alone."""
        leader = self.leader(0, "/a", **fields)
        assert isinstance(leader.on_head(answer, T0_MS), Relay)
        leader.finish()

    def purge(self, scope: Scope, value: str = "", *, soft: bool = False) -> None:
        self.cache.apply_purge(Purge(scope, value, soft), self.cache.position + 1, T0_MS)


@pytest.fixture
def stage() -> Stage:
    return Stage()


class TestCollapsing:
    def test_followers_read_while_the_leader_fills(self, stage: Stage) -> None:
        leader, first, second = stage.leader(), stage.follower(), stage.follower(0, "/a", "HEAD")
        relay = stage.fill(leader)
        served = first.on_flight(T0_MS)
        assert isinstance(served, Serve) and served.entry is relay.fill
        assert served.reply.body == Slice(0, 10)
        headed = second.on_flight(T0_MS)
        assert isinstance(headed, Serve) and headed.reply.body is None
        for follower in (first, second):
            assert outcome(follower.record) == (Outcome.COLLAPSED, Reason.URI_MISS)
            assert not follower.record.forwarded
        assert isinstance(stage.follower().on_flight(T0_MS), Serve)
        leader.on_filled(10)
        assert isinstance(stage.exchange().begin(T0_MS), Serve)

    def test_nobody_joins_a_body_that_has_become_too_large_to_keep(self, stage: Stage) -> None:
        leader, follower = stage.leader(), stage.follower()
        stage.fill(leader, head(cache_control="max-age=10"))
        assert leader.on_growth(SETTINGS.max_object_bytes)
        assert not leader.on_growth(SETTINGS.max_object_bytes + 1)
        assert isinstance(follower.on_flight(T0_MS), Fetch)  # it was told, and had not begun to read
        assert leader.record.not_stored is NotStored.TOO_LARGE and not leader.record.stored

    def test_each_follower_has_the_part_that_it_asked_for(self, stage: Stage) -> None:
        leader, follower = stage.leader(), stage.follower(0, "/a", range="bytes=3-")
        stage.fill(leader)
        served = follower.on_flight(T0_MS)
        assert isinstance(served, Serve) and served.reply.body == Slice(3, 7)

    def test_validation_is_shared(self, stage: Stage) -> None:
        stage.stock(head(cache_control="max-age=10", etag='"1"', content_length="10"))
        leader, follower = stage.leader(10_000), stage.follower(10_000)
        assert isinstance(leader.on_head(head(304), T0_MS + 10_000), Serve)
        served = follower.on_flight(T0_MS + 10_000)
        assert isinstance(served, Serve) and served.entry.is_fresh(T0_MS + 10_000)
        assert outcome(follower.record) == (Outcome.COLLAPSED, Reason.EXPIRED)

    def test_a_refresh_is_led_once_and_a_miss_may_follow_it(self, stage: Stage) -> None:
        stage.stock(head(cache_control=SWR, content_length="10"))
        first, second = (stage.exchange().begin(T0_MS + 12_000) for _ in range(2))
        assert isinstance(first, Serve) and first.refresh is not None
        assert isinstance(second, Serve) and second.refresh is None
        late = stage.follower(15_001)
        assert isinstance(first.refresh.begin(T0_MS + 15_001), Fetch)
        stage.fill(first.refresh, at_ms=15_002)
        assert isinstance(late.on_flight(T0_MS + 15_002), Serve)

    def test_a_refresh_that_is_never_run_lets_its_followers_go(self, stage: Stage) -> None:
        stage.stock(head(cache_control=SWR, content_length="10"))
        served = stage.exchange().begin(T0_MS + 12_000)
        assert isinstance(served, Serve) and served.refresh is not None
        follower = stage.follower(15_001)
        served.refresh.finish()
        assert isinstance(follower.on_flight(T0_MS + 15_001), Fetch)

    def test_when_the_leader_leaves_a_follower_leads(self, stage: Stage) -> None:
        leader, first, second = stage.leader(), stage.follower(), stage.follower()
        leader.finish()
        assert isinstance(first.on_flight(T0_MS), Fetch)
        assert isinstance(second.on_flight(T0_MS), Follow)
        stage.fill(first)
        assert isinstance(second.on_flight(T0_MS), Serve)

    def test_when_the_leader_leaves_in_the_middle_of_the_body_it_is_given_up(self, stage: Stage) -> None:
        leader = stage.leader()
        stage.fill(leader)
        leader.finish()
        assert leader.record.not_stored is NotStored.FILL_FAILED
        assert stage.shelf.kept == set() and len(stage.cache.flights) == 0

    def test_followers_of_what_cannot_be_shared_fetch_alone(self, stage: Stage) -> None:
        leader, followers = stage.leader(), [stage.follower(0, "/a", range="bytes=3-") for _ in range(2)]
        assert isinstance(leader.on_head(head(cache_control="private"), T0_MS), Relay)
        for follower in followers:
            fetch = follower.on_flight(T0_MS)
            assert isinstance(fetch, Fetch) and fetch.headers.get("range") == "bytes=3-"
            relay = follower.on_head(head(206, cache_control="private"), T0_MS)
            assert isinstance(relay, Relay) and relay.fill is None and relay.reply.status == 206
            assert outcome(follower.record) == (Outcome.BYPASS, Reason.UNSHARABLE)
            assert follower.record.not_stored is NotStored.UNSHARABLE

    def test_no_follower_is_given_the_cookie_of_another(self, stage: Stage) -> None:
        leader, follower = stage.leader(), stage.follower()
        relay = leader.on_head(head(set_cookie="id=1"), T0_MS)
        assert isinstance(relay, Relay) and relay.fill is None
        assert isinstance(follower.on_flight(T0_MS), Fetch)

    @pytest.mark.parametrize("control", ["", "no-cache", "max-age=0"])
    def test_what_is_never_fresh_is_for_those_who_wait_and_no_longer(
        self, stage: Stage, control: str
    ) -> None:
        leader, follower = stage.leader(), stage.follower()
        stage.fill(leader, head(cache_control=control, content_length="10"))
        assert leader.record.not_stored is NotStored.NO_FRESHNESS and not leader.record.stored
        assert isinstance(follower.on_flight(T0_MS), Serve)
        stage.leader()
        leader.on_filled(10)
        assert stage.shelf.kept == set() and stage.shelf.causes == [Dropped.NOT_ADMITTED]

    def test_a_fill_that_takes_longer_than_its_freshness_is_not_joined_any_more(self, stage: Stage) -> None:
        slow = stage.leader()
        stage.fill(slow)
        stage.follower(9_999)
        quick = stage.leader(10_000)
        stage.follower(10_000)
        stage.fill(quick, at_ms=10_000)
        quick.on_filled(10)
        slow.on_filled(10)
        assert slow.record.not_stored is NotStored.NOT_ADMITTED
        assert stage.shelf.kept == {2} and isinstance(stage.exchange().begin(T0_MS + 19_999), Serve)

    def test_a_fill_that_came_stale_may_be_joined_within_its_window(self, stage: Stage) -> None:
        leader = stage.leader()
        stage.fill(leader, head(cache_control=SWR, content_length="10", age="12"))
        stage.follower(2_000)
        stage.leader(3_001)

    def test_no_fill_is_joined_on_a_fenced_node(self, stage: Stage) -> None:
        leader = stage.leader()
        stage.fill(leader)
        stage.cache.lease_until_ms = T0_MS
        stage.leader()

    @pytest.mark.parametrize("failing", [503, Failure.TIMEOUT])
    def test_a_failure_is_shared(self, stage: Stage, failing: int | Failure) -> None:
        leader, followers = stage.leader(), [stage.follower() for _ in range(2)]
        if isinstance(failing, Failure):
            assert leader.on_failure(failing, T0_MS) == Refuse(504, Reason.UPSTREAM_TIMEOUT)
        else:
            relay = leader.on_head(head(failing), T0_MS)
            assert isinstance(relay, Relay) and relay.reply.status == 503
        for follower in followers:
            refused = follower.on_flight(T0_MS)
            assert isinstance(refused, Refuse) and not follower.record.forwarded

    def test_after_a_failure_each_follower_has_its_own_stale_copy(self, stage: Stage) -> None:
        stage.stock(head(cache_control=SIE, content_length="10"))
        leader, follower = stage.leader(11_000), stage.follower(11_000)
        assert isinstance(leader.on_head(head(503), T0_MS + 11_000), Serve)
        assert isinstance(follower.on_flight(T0_MS + 11_000), Serve)
        assert outcome(follower.record) == (Outcome.STALE, Reason.STALE_IF_ERROR)

    def test_a_follower_of_another_variant_leads_its_own(self, stage: Stage) -> None:
        leader = stage.leader(0, "/a", accept="x")
        same, other = stage.follower(0, "/a", accept="x"), stage.follower(0, "/a", accept="y")
        stage.fill(leader, head(cache_control="max-age=10", vary="accept", content_length="10"))
        assert isinstance(same.on_flight(T0_MS), Serve) and isinstance(other.on_flight(T0_MS), Fetch)

    def test_known_variants_do_not_wait_for_each_other(self, stage: Stage) -> None:
        stage.stock(head(cache_control="max-age=10", vary="accept", content_length="10"))
        stage.leader(0, "/a", accept="x")
        stage.leader(0, "/a", accept="y")
        stage.follower(0, "/a", accept="x")

    def test_an_unsafe_method_outdates_what_is_under_way(self, stage: Stage) -> None:
        leader, post = stage.leader(), stage.exchange("/a", "POST")
        assert isinstance(post.begin(T0_MS), Fetch)
        post.on_head(head(200), T0_MS)
        stage.leader()
        stage.fill(leader)
        leader.on_filled(10)
        assert leader.record.not_stored is NotStored.PURGED and stage.shelf.kept == set()


class TestPurges:
    @pytest.mark.parametrize("soft", [False, True])
    @pytest.mark.parametrize("scope", [Scope.URL, Scope.TAG, Scope.ALL])
    @pytest.mark.parametrize("step", ["pending", "filling"])
    def test_what_was_under_way_is_delivered_and_not_stored(
        self, stage: Stage, soft: bool, scope: Scope, step: str
    ) -> None:
        purged = {Scope.URL: A_KEY, Scope.TAG: "x", Scope.ALL: ""}[scope]
        leader, follower = stage.leader(), stage.follower()
        if step == "pending":
            stage.purge(scope, purged, soft=soft)
            relay = stage.fill(leader)
            assert "stored" not in (Headers(relay.reply.headers).get("cache-status") or "").split("; ")
        else:
            relay = stage.fill(leader)
            stage.purge(scope, purged, soft=soft)
        assert relay.reply.status == 200 and isinstance(follower.on_flight(T0_MS), Serve)
        assert leader.record.position == follower.record.position == 0
        anew = stage.leader()
        leader.on_filled(10)
        assert leader.record.not_stored is NotStored.PURGED and not leader.record.stored
        assert stage.shelf.kept == set() and stage.shelf.causes == [Dropped.PURGED]
        stage.fill(anew)
        anew.on_filled(10)
        assert anew.record.position == 1 and stage.shelf.kept == {2}

    def test_a_follower_says_the_position_of_what_it_is_served(self, stage: Stage) -> None:
        leader = stage.leader()
        stage.purge(Scope.URL, "/other")
        follower = stage.follower()
        stage.fill(leader)
        follower.on_flight(T0_MS)
        assert follower.record.position == leader.record.position == 0

    def test_of_another_object_changes_nothing(self, stage: Stage) -> None:
        leader = stage.leader()
        stage.fill(leader)
        stage.purge(Scope.TAG, "other")
        stage.follower()
        leader.on_filled(10)
        assert stage.shelf.kept == {1}

    @pytest.mark.parametrize("soft", [False, True])
    def test_a_validation_begun_before_makes_nothing_fresh(self, stage: Stage, soft: bool) -> None:
        stage.stock(head(cache_control="max-age=10", etag='"1"', content_length="10"))
        leader, follower = stage.leader(10_000), stage.follower(10_000)
        stage.purge(Scope.ALL, soft=soft)
        assert isinstance(leader.on_head(head(304), T0_MS + 10_000), Serve)
        assert leader.record.not_stored is NotStored.PURGED
        assert isinstance(follower.on_flight(T0_MS + 10_000), Serve)
        again = stage.leader(10_000)
        assert again.record.reason is (Reason.SOFT_PURGED if soft else Reason.URI_MISS)

    def test_what_was_purged_meanwhile_does_not_stand_in(self, stage: Stage) -> None:
        stage.stock(head(cache_control=SIE, content_length="10"))
        leader, follower = stage.leader(11_000), stage.follower(11_000)
        stage.purge(Scope.URL, A_KEY)
        assert isinstance(leader.on_failure(Failure.TIMEOUT, T0_MS + 11_000), Refuse)
        assert isinstance(follower.on_flight(T0_MS + 11_000), Refuse)

    def test_a_soft_purge_lets_the_client_wait_only_beyond_the_window(self) -> None:
        story = Story(a=page(cache_control="max-age=60, stale-while-revalidate=5, stale-if-error=5"))
        story.ask()
        story.purge(Scope.URL, "/a", soft=True, at_ms=1_000)
        assert outcome(story.ask(2_000)) == (Outcome.STALE, Reason.STALE_WHILE_REVALIDATE)
        assert outcome(story.ask(3_000)) == (Outcome.HIT, Reason.FRESH)
        story.purge(Scope.URL, "/a", soft=True, at_ms=4_000)
        assert outcome(story.ask(9_001)) == (Outcome.EXPIRED, Reason.SOFT_PURGED)

    def test_a_soft_purge_keeps_a_stand_in(self) -> None:
        story = Story(a=page(cache_control="max-age=60, stale-if-error=5"))
        story.ask()
        story.purge(Scope.URL, "/a", soft=True)
        story.replies(a=Failure.TIMEOUT)
        assert outcome(story.ask(5_000)) == (Outcome.STALE, Reason.STALE_IF_ERROR)
        assert story.ask(5_001).outcome is Outcome.REFUSED


class TestPeers:
    """A response of a peer says how far it had heard the log when it chose it."""

    def behind(self, stage: Stage) -> None:
        stage.purge(Scope.TAG, "x")

    def test_one_that_was_behind_a_purge_is_not_taken(self, stage: Stage) -> None:
        self.behind(stage)
        exchange = stage.exchange()
        first = exchange.begin(T0_MS)
        again = exchange.on_head(HEAD._replace(position=0), T0_MS)
        assert isinstance(first, Fetch) and again == first._replace(origin_only=True)
        stage.fill(exchange)
        exchange.on_filled(10)
        assert stage.shelf.kept == {1}

    def test_one_that_has_heard_of_it_is(self, stage: Stage) -> None:
        self.behind(stage)
        stage.fill(stage.leader(), HEAD._replace(position=1))

    def test_a_304_speaks_of_what_is_stored(self, stage: Stage) -> None:
        stage.stock(head(cache_control="max-age=10", etag='"1"', content_length="10", cache_tag="x"))
        stage.purge(Scope.TAG, "x", soft=True)
        again = stage.leader().on_head(head(304, 0), T0_MS)
        assert isinstance(again, Fetch) and again.origin_only and again.headers.get("if-none-match") == '"1"'

    def test_what_a_follower_fetches_alone_is_asked_of_the_origin_too(self, stage: Stage) -> None:
        self.behind(stage)
        leader, follower = stage.leader(), stage.follower()
        leader.on_head(head(cache_control="private"), T0_MS)
        assert isinstance(follower.on_flight(T0_MS), Fetch)
        again = follower.on_head(HEAD._replace(position=0), T0_MS)
        assert isinstance(again, Fetch) and again.origin_only
        assert outcome(follower.record) == (Outcome.BYPASS, Reason.UNSHARABLE)

    def test_an_unsafe_request_is_never_sent_twice(self, stage: Stage) -> None:
        self.behind(stage)
        post = stage.exchange("/a", "POST")
        post.begin(T0_MS)
        assert isinstance(post.on_head(HEAD._replace(position=0), T0_MS), Relay)


class TestFence:
    def fenced(self, story: Story) -> None:
        story.cache.lease_until_ms = T0_MS + 1_000

    def test_within_the_lease_nothing_changes(self) -> None:
        story = Story(a=page())
        story.ask()
        self.fenced(story)
        assert story.ask(999).outcome is Outcome.HIT

    def test_afterwards_everything_is_validated_with_the_origin_itself(self) -> None:
        story = Story(a=page(**ETAG))
        story.ask()
        self.fenced(story)
        for _ in range(2):
            assert outcome(story.ask(1_000)) == (Outcome.REVALIDATED, Reason.FENCED)
        assert [fetch.origin_only for fetch in story.origin.asked] == [False, True, True]

    def test_stale_while_revalidate_is_suspended(self) -> None:
        story = Story(a=page(cache_control=SWR, **ETAG))
        story.ask()
        self.fenced(story)
        assert outcome(story.ask(11_000)) == (Outcome.REVALIDATED, Reason.FENCED)

    @pytest.mark.parametrize(
        ("control", "expected"),
        [
            (SIE, (Outcome.STALE, Reason.STALE_IF_ERROR)),
            ("max-age=10", (Outcome.REFUSED, Reason.UPSTREAM_TIMEOUT)),
        ],
    )
    def test_when_the_origin_fails_too_the_object_decides(
        self, control: str, expected: tuple[Outcome, Reason]
    ) -> None:
        story = Story(a=page(cache_control=control))
        story.ask()
        self.fenced(story)
        story.replies(a=Failure.TIMEOUT)
        assert outcome(story.ask(2_000)) == expected

    def test_what_is_passed_asks_no_peer(self) -> None:
        story = Story(a=page())
        self.fenced(story)
        story.ask(1_000, "/a", "POST")
        assert story.origin.asked[0].origin_only


MINE = head(cache_control="private")


class TestHitForMiss:
    """After a response that was for one client, nobody waits for anybody."""

    def test_requests_go_at_once_and_each_for_itself(self) -> None:
        stage = Stage()
        stage.pass_by(MINE)
        first, second = stage.leader(1), stage.leader(1)
        for exchange in (second, first):
            relay = exchange.on_head(MINE, T0_MS + 2)
            assert isinstance(relay, Relay) and relay.fill is None
            assert outcome(exchange.record) == (Outcome.BYPASS, Reason.HIT_FOR_MISS)
            assert exchange.record.not_stored is NotStored.PRIVATE
            exchange.finish()
        assert len(stage.cache.flights) == 0

    def test_one_that_may_be_shared_ends_it(self) -> None:
        stage = Stage()
        stage.pass_by(MINE)
        first, second = stage.leader(1), stage.leader(1)
        assert stage.fill(first, at_ms=2).fill is not None
        assert outcome(first.record) == (Outcome.MISS, Reason.URI_MISS) and first.record.stored
        reader = stage.follower(3)  # of what is arriving, as ever
        assert isinstance(reader.on_flight(T0_MS + 3), Serve)
        first.on_filled(10)
        first.finish()
        stage.fill(second, at_ms=4)
        second.on_filled(10)
        assert isinstance(stage.exchange().begin(T0_MS + 5), Serve)
        assert len(stage.shelf.kept) == 1

    @pytest.mark.parametrize(
        ("answer", "asked"),
        [
            (head(cache_control="max-age=10"), {"authorization": "mine"}),
            (MINE, {"authorization": "mine"}),
            (head(500, cache_control="no-store"), {}),
            (MINE, {"if_match": '"a"'}),
            (MINE, {"cache_control": "no-store"}),
        ],
    )
    def test_one_client_does_not_bring_it_upon_others(
        self, answer: ResponseHead, asked: dict[str, str]
    ) -> None:
        stage = Stage()
        stage.pass_by(answer, **asked)
        stage.leader()
        stage.follower()

    @pytest.mark.parametrize(
        ("method", "asked"), [("HEAD", {}), ("GET", {"range": "bytes=0-1"}), ("GET", {"if_none_match": "*"})]
    )
    def test_what_concerns_one_copy_or_part_is_passed_in_its_own_words(
        self, method: str, asked: dict[str, str]
    ) -> None:
        stage = Stage()
        stage.pass_by(MINE)
        exchange = stage.exchange("/a", method, **asked)
        fetch = exchange.begin(T0_MS)
        assert isinstance(fetch, Fetch) and fetch.method == method
        assert {name.replace("_", "-") for name in asked} <= {name for name, _ in fetch.headers}
        assert exchange.record.not_stored is NotStored.HIT_FOR_MISS

    def test_it_can_be_switched_off(self) -> None:
        stage = Stage(replace(SETTINGS, hit_for_miss_ms=0))
        stage.pass_by(MINE)
        stage.leader()
        stage.follower()

    def test_a_purge_on_the_way_is_heeded(self) -> None:
        stage = Stage()
        stage.pass_by(MINE)
        leader = stage.leader()
        stage.purge(Scope.URL, A_KEY)
        stage.fill(leader)
        leader.on_filled(10)
        assert leader.record.not_stored is NotStored.PURGED and len(stage.cache.index) == 0


class TestPosts:
    """What comes between a POST and its response."""

    def test_an_invalidation_on_the_way_is_heeded(self) -> None:
        stage = Stage()
        posting, putting = stage.exchange("/a", "POST"), stage.exchange("/a", "PUT")
        assert isinstance(posting.begin(T0_MS), Fetch) and isinstance(putting.begin(T0_MS), Fetch)
        putting.on_head(head(204), T0_MS)
        stage.fill(posting, head(**POSTED))
        posting.on_filled(10)
        assert posting.record.not_stored is NotStored.PURGED and len(stage.cache.index) == 0

    def test_nobody_waits_for_one(self) -> None:
        stage = Stage()
        posting = stage.exchange("/a", "POST")
        posting.begin(T0_MS)
        stage.leader()
        assert isinstance(posting.on_failure(Failure.TIMEOUT, T0_MS), Refuse)
        posting.finish()
        assert len(stage.cache.flights) == 1


class TestSteps:
    @pytest.mark.parametrize("step", ["on_flight", "on_head", "on_failure", "on_filled", "on_fill_failed"])
    def test_a_step_out_of_order_is_an_error(self, stage: Stage, step: str) -> None:
        arguments = {
            "on_flight": (T0_MS,),
            "on_head": (HEAD, T0_MS),
            "on_failure": (Failure.TIMEOUT, T0_MS),
            "on_filled": (10,),
            "on_fill_failed": (),
        }[step]
        for exchange in (stage.exchange(), self.done(stage)):
            with pytest.raises(RuntimeError, match=r"Exchange\(GET http://cdn.test/a, .*\) must be"):
                getattr(exchange, step)(*arguments)

    def done(self, stage: Stage) -> Exchange:
        exchange = stage.exchange()
        exchange.finish()
        return exchange

    def test_a_request_begins_once(self, stage: Stage) -> None:
        with pytest.raises(RuntimeError, match=re.escape(", fetching) must be new for this")):
            stage.leader().begin(T0_MS)

    def test_finish_may_be_called_again(self, stage: Stage) -> None:
        leader, follower = stage.leader(), stage.follower()
        told: list[FlightState] = []
        flight = stage.cache.flights.joinable(A_KEY, Headers())
        assert flight is not None
        flight.on_decided(lambda: told.append(flight.state))
        for exchange in (leader, follower):
            exchange.finish()
            exchange.finish()
        assert told == [FlightState.ABANDONED] and len(stage.cache.flights) == 0

    def test_a_key_has_the_site_and_leaves_out_what_chooses_nothing(self, stage: Stage) -> None:
        asked = Request("GET", "HTTPS", "CDN.test", "/a?b=2&CMCD=x&a=1", Headers())
        assert Exchange(stage.cache, asked).key == "https://cdn.test/a?a=1&b=2"


def test_a_peer_is_not_given_stale_content_behind_which_it_would_hide_its_own(stage: Stage) -> None:
    stage.stock(head(cache_control=SWR, content_length="10"))
    client = stage.exchange()
    peer = Exchange(stage.cache, client.request._replace(from_peer=True))
    assert isinstance(peer.begin(T0_MS + 12_000), Fetch)
    assert isinstance(client.begin(T0_MS + 12_000), Serve)


class TestDemands:
    """RFC 9111 section 5.2.1; the rest is in the scenarios."""

    def test_who_asks_anew_does_not_wait_for_who_does_not(self, stage: Stage) -> None:
        """A peer might answer the first from its store."""
        leader, anew = stage.leader(), stage.leader(0, "/a", cache_control="no-cache")
        assert len(stage.cache.flights) == 2
        stage.follower(0, "/a", cache_control="max-age=0")
        stage.follower()
        for exchange in (leader, anew):
            exchange.finish()

    def test_a_body_under_way_is_shared_as_a_stored_one_is(self, stage: Stage) -> None:
        leader = stage.leader()
        stage.fill(leader, head(cache_control="max-age=10, immutable", content_length="10"))
        stage.follower(1_000, "/a", cache_control="no-cache").finish()
        stage.leader(1_000, "/a", cache_control="min-fresh=10").finish()
        leader.finish()

    def test_the_clients_own_permission_replaces_an_error(self, stage: Stage) -> None:
        stage.stock()
        asked = stage.leader(11_000, "/a", cache_control="stale-if-error=5")
        served = asked.on_head(head(503), T0_MS + 11_000)
        assert isinstance(served, Serve) and outcome(asked.record) == (Outcome.STALE, Reason.STALE_IF_ERROR)

    def test_who_asks_for_validation_is_given_nothing_stale(self, stage: Stage) -> None:
        stage.stock(head(cache_control=f"{SWR}, stale-if-error=99", content_length="10"))
        asked = stage.leader(11_000, "/a", cache_control="no-cache")
        assert isinstance(asked.on_failure(Failure.UNREACHABLE, T0_MS + 11_000), Refuse)

    def test_a_refresh_has_no_demands(self) -> None:
        story = Story(a=page(cache_control=SWR))
        story.ask()
        story.ask(12_000, "/a", cache_control="only-if-cached")
        assert story.driver.records[-1].stored and "cache-control" not in story.origin.asked[1].headers

    def test_the_operator_decides_whether_to_listen(self) -> None:
        story = Story(settings=replace(SETTINGS, honour_request_directives=False), a=page())
        assert story.ask(0, "/a", cache_control="only-if-cached, no-store").stored
        assert story.ask(1, "/a", cache_control="no-cache", pragma="no-cache").outcome is Outcome.HIT
        assert story.origin.asked[0].headers.get("cache-control") == "only-if-cached, no-store"
