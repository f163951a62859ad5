import pytest

from caching import Cache, CacheSettings, Dropped, Entry, Failure, Purge, Reason, Scope
from caching.flights import Flight
from tests.caching.driver import Shelf
from tests.caching.samples import SETTINGS, T0_MS, cache, entry, head, key_of, request

A_KEY = key_of("/a")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def stocked(shelf: Shelf, *entries: Entry, settings: CacheSettings = SETTINGS) -> Cache:
    made = cache(shelf, settings)
    for stored in entries:
        shelf.open(stored.serial)
        made.index.commit(stored)
    return made


def test_no_two_bodies_have_one_serial() -> None:
    made = cache(Shelf())
    assert len({made.next_serial() for _ in range(5)}) == 5


@pytest.mark.parametrize(
    ("until_ms", "fenced"), [(None, False), (T0_MS + 1, False), (T0_MS, True), (0, True)]
)
def test_a_node_is_fenced_when_its_lease_has_run_out(until_ms: int | None, fenced: bool) -> None:
    made = cache(Shelf())
    made.lease_until_ms = until_ms
    assert made.is_fenced(T0_MS) is fenced


@pytest.mark.parametrize(
    ("stored", "why_not"),
    [
        (entry(), None),
        (entry(cache_control="max-age=0"), Reason.EXPIRED),
        (entry(cache_control="no-cache"), Reason.NO_CACHE),
        (entry().purged_softly(T0_MS), Reason.SOFT_PURGED),
    ],
)
def test_why_an_entry_is_not_served_as_fresh(stored: Entry, why_not: Reason | None) -> None:
    made = cache(Shelf())
    assert made.why_not_fresh(stored, T0_MS) is why_not
    made.lease_until_ms = T0_MS
    assert made.why_not_fresh(stored, T0_MS) is Reason.FENCED


@pytest.mark.parametrize(
    ("stale_ms", "window_ms", "allowed"),
    [(1_000, 2_000, True), (2_000, 2_000, True), (2_001, 2_000, False), (0, 0, False), (-5_000, 1, True)],
)
def test_staleness_must_lie_within_the_window(stale_ms: int, window_ms: int, allowed: bool) -> None:
    stored = entry(cache_control="max-age=10")
    assert cache(Shelf()).may_serve_stale(stored, window_ms, T0_MS + 10_000 + stale_ms) is allowed


def test_an_entry_stands_in_for_as_long_as_it_says(shelf: Shelf) -> None:
    stored = entry(cache_control="max-age=10, stale-if-error=5")
    made = stocked(shelf, stored)
    error = Failure.SERVER_ERROR
    assert made.why_stand_in(stored, error, T0_MS + 15_000) is Reason.STALE_IF_ERROR
    assert made.why_stand_in(stored, error, T0_MS + 15_001) is None
    assert made.why_stand_in(None, error, T0_MS) is None


@pytest.mark.parametrize("failure", Failure)
def test_an_entry_that_says_nothing_stands_in_when_upstream_cannot_be_reached(
    shelf: Shelf, failure: Failure
) -> None:
    """RFC 9111 section 4.2.4."""
    stored = entry(cache_control="max-age=10")
    made, cut_off = stocked(shelf, stored), failure in (Failure.UNREACHABLE, Failure.TIMEOUT, Failure.ABORTED)
    last_ms = T0_MS + 10_000 + made.settings.stale_if_disconnected_ms
    why = Reason.STALE_IF_DISCONNECTED if cut_off else None
    assert made.why_stand_in(stored, failure, last_ms) is why
    assert made.why_stand_in(stored, failure, last_ms + 1) is None
    made.lease_until_ms = T0_MS
    assert made.why_stand_in(stored, failure, last_ms) is None


def test_an_entry_that_was_purged_meanwhile_stands_in_for_nothing(shelf: Shelf) -> None:
    stored = entry(cache_control="max-age=10, stale-if-error=5")
    made = stocked(shelf, stored)
    made.apply_purge(Purge(Scope.URL, "/a", soft=True), 1, T0_MS)
    assert made.why_stand_in(stored, Failure.TIMEOUT, T0_MS) is Reason.STALE_IF_ERROR
    made.apply_purge(Purge(Scope.URL, "/a"), 2, T0_MS)
    assert made.why_stand_in(stored, Failure.TIMEOUT, T0_MS) is None


def variants(shelf: Shelf) -> Cache:
    return stocked(shelf, entry("/a", 1, cache_tag="x"), entry("/a?b", 2, cache_tag="x, y"), entry("/c", 3))


@pytest.mark.parametrize(
    ("purge", "left"),
    [
        (Purge(Scope.URL, A_KEY), {2, 3}),
        (Purge(Scope.URL, "/a?b"), {1, 3}),
        (Purge(Scope.PREFIX, "/a"), {3}),
        (Purge(Scope.TAG, "x"), {3}),
        (Purge(Scope.TAG, "y"), {1, 3}),
        (Purge(Scope.TAG, "z"), {1, 2, 3}),
        (Purge(Scope.ALL), set()),
    ],
)
def test_a_purge_takes_out_what_it_matches(shelf: Shelf, purge: Purge, left: set[int]) -> None:
    made = variants(shelf)
    assert made.apply_purge(purge, 5, T0_MS) == 3 - len(left)
    assert shelf.kept == left and len(made.index) == len(left)
    assert set(shelf.causes) <= {Dropped.PURGED} and made.position == 5


def test_a_soft_purge_keeps_everything_as_stale(shelf: Shelf) -> None:
    made = variants(shelf)
    assert made.apply_purge(Purge(Scope.ALL, soft=True), 5, T0_MS) == 3
    assert shelf.kept == {1, 2, 3}
    for target in ("/a", "/a?b", "/c"):
        (stored,) = made.index.variants(key_of(target))
        assert made.why_not_fresh(stored, T0_MS) is Reason.SOFT_PURGED


def test_a_purge_that_comes_again_changes_nothing(shelf: Shelf) -> None:
    made = variants(shelf)
    made.apply_purge(Purge(Scope.URL, "/c"), 5, T0_MS)
    assert made.apply_purge(Purge(Scope.ALL), 5, T0_MS) == 0
    assert made.apply_purge(Purge(Scope.ALL), 4, T0_MS) == 0
    assert len(made.index) == 2 and made.position == 5


def test_events_that_do_not_concern_the_cache_move_the_position_forwards_only() -> None:
    made = cache(Shelf())
    made.skip_to(7)
    made.skip_to(3)
    assert made.position == 7


class TestPeers:
    """Whether a response of a peer, which says its position, is older than a purge of it."""

    def made(self) -> Cache:
        made = cache(Shelf())
        made.apply_purge(Purge(Scope.TAG, "x"), 1, T0_MS)
        made.apply_purge(Purge(Scope.URL, "/b"), 2, T0_MS)
        return made

    @pytest.mark.parametrize(
        ("target", "position", "tag", "ahead"),
        [
            ("/a", 0, "x", True),
            ("/a", 1, "x", False),
            ("/a", 0, "y", False),
            ("/b", 1, "y", True),
            ("/b", 2, "y", False),
            ("/b", None, "x", False),
        ],
    )
    def test_by_key_and_by_its_own_tags(
        self, target: str, position: int | None, tag: str, ahead: bool
    ) -> None:
        response = head(200, position, cache_tag=tag)
        assert self.made().is_ahead_of(response, key_of(target), None) is ahead

    def test_a_304_has_the_tags_of_what_is_stored(self) -> None:
        stored = entry("/a", cache_tag="x")
        assert self.made().is_ahead_of(head(304, 0), A_KEY, stored)
        assert not self.made().is_ahead_of(head(304, 1), A_KEY, stored)


def test_reset_drops_everything_and_vouches_for_nothing_before(shelf: Shelf) -> None:
    made = variants(shelf)
    flight = Flight(A_KEY, 0, ())
    made.flights.open(flight)
    assert made.reset(9) == 3
    assert shelf.kept == set() and len(made.index) == 0 and made.position == 9
    assert flight.outdated and len(made.flights) == 0
    assert made.is_ahead_of(head(200, 8), A_KEY, None) and not made.is_ahead_of(head(200, 9), A_KEY, None)


def test_a_cache_that_outlived_a_restart_vouches_for_nothing_before(shelf: Shelf) -> None:
    before = cache(shelf)
    before.begin_at(serial=7, position=5)
    assert before.next_serial() == 8 and before.position == 5
    assert before.is_ahead_of(head(200, 4), A_KEY, None)
    assert not before.is_ahead_of(head(200, 5), A_KEY, None)


def test_what_cannot_be_read_leaves_once(shelf: Shelf) -> None:
    made = stocked(shelf, stored := entry("/a"))
    made.lose(stored)
    made.lose(stored)
    assert shelf.causes == [Dropped.UNREADABLE] and len(made.index) == 0


def test_an_unsafe_method_invalidates_every_variant_and_what_is_under_way(shelf: Shelf) -> None:
    made = variants(shelf)
    mine, others = Flight(A_KEY, 0, ()), Flight(key_of("/c"), 0, ())
    made.flights.open(mine)
    made.flights.open(others)
    made.invalidate(request("/b/x", "POST"), head(201, location="/a"))
    assert shelf.kept == {2, 3} and shelf.causes == [Dropped.INVALIDATED]
    assert mine.outdated and not others.outdated


def test_an_unsafe_method_invalidates_the_groups_that_it_names(shelf: Shelf) -> None:
    made = cache(shelf)
    for serial, group in enumerate(("g", "h"), 1):
        shelf.open(serial)
        made.index.commit(entry(f"/{group}", serial, cache_groups=f'"{group}"'))
    under_way = Flight(key_of("/x"), 0, ())
    made.flights.open(under_way)
    made.invalidate(request("/a", "POST"), head(200, cache_group_invalidation='"g"'))
    assert shelf.kept == {2} and shelf.causes == [Dropped.INVALIDATED] and under_way.outdated


def test_what_a_peer_chose_before_the_purge_of_another_query_is_outdated() -> None:
    made = cache(Shelf())
    made.apply_purge(Purge(Scope.URL, key_of("/a?x=1")), 5, T0_MS)
    said, stored = head(200, 4, no_vary_search="params"), entry(no_vary_search="params")
    assert made.is_ahead_of(said, A_KEY, None) and made.is_ahead_of(head(304, 4), A_KEY, stored)
    assert not made.is_ahead_of(head(200, 4), A_KEY, None)
    assert not made.is_ahead_of(said._replace(position=5), A_KEY, None)


def test_repr_tells_name_and_position() -> None:
    assert repr(cache(Shelf())) == (
        "Cache('edge-1', CacheIndex(0 entries, Lru(0 keys, 0 of 268435456 bytes)), at 0)"
    )
