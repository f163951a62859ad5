"""What the bus says, in terms of one node's cache."""

import pytest

from caching import Cache, CacheSettings, Headers, Purge, Request, ResponseHead, Scope
from caching.entry import Fill, make_entry
from caching.key import cache_key
from edge import EdgeSettings
from edge.counters import Counters
from edge.listener import Listener, purge_of
from edge.membership import Membership
from eventbus.events import AssetDeleted, AssetPublished, Heartbeat, Member, Purged, Record
from eventbus.events import Scope as Named
from eventbus.protocol import Reset

FIXED = EdgeSettings(origin_url="http://Origin:8080", cache=CacheSettings(node_name="edge-1"))
KEPT = EdgeSettings(
    origin_url="http://Origin:8080", cache=CacheSettings(node_name="edge-1"), preserve_host=True
)


def key_of(url: str, settings: EdgeSettings) -> str:
    """The key under which a node stores what a client asked for by a full URL."""
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    if not settings.preserve_host:
        scheme, authority = settings.origin_site
    return cache_key(scheme, authority, slash + path, settings.cache.ignored_params)


def is_purged(url: str, scope: Named, value: str, settings: EdgeSettings, tags: tuple[str, ...] = ()) -> bool:
    return purge_of(Purged(scope, value), settings).matches(key_of(url, settings), tags)


@pytest.mark.parametrize("settings", [FIXED, KEPT])
@pytest.mark.parametrize(
    ("scope", "value", "hit", "missed"),
    [
        (Named.URL, "/a", "http://v/a", "http://v/ab"),
        (Named.URL, "/a", "http://other/a?CMCD=bl%3D1", "http://v/a?b=1"),
        (Named.URL, "/a?c=2&b=1", "http://v/a?b=1&c=2", "http://v/a?b=1"),
        (Named.URL, "/a?b=1&CMCD=x", "http://v/a?CMCD=y&b=1", "http://v/a"),
        (Named.URL, "http://v/a?c=2&b=1", "http://v/a?b=1&c=2", "http://v/a"),
        (Named.URL, "HTTP://V/a", "http://v/a", "http://v/A"),
        (Named.URL, "http://v", "http://v/", "http://v/a"),
        (Named.URL, "http://v?b=1", "http://v/?b=1", "http://v/"),
        (Named.URL, "/a#part", "http://v/a", "http://v/b"),
        (Named.PREFIX, "/vod/a/", "http://v/vod/a/1.m4s?x", "http://v/vod/b/1.m4s"),
        (Named.PREFIX, "http://v/vod/", "http://v/vod/1", "http://v/live/1"),
        (Named.PREFIX, "HTTP://V/vod/", "http://v/vod/1", "http://v/live/1"),
        (Named.PREFIX, "/a?b=1", "http://v/a?a=0&b=1", "http://v/b?b=1"),
        (Named.PREFIX, "http://v/a?token=1", "http://v/a?token=1&b=2", "http://v/b"),
    ],
)
def test_a_purge_means_the_requests_that_its_value_names(
    scope: Named, value: str, hit: str, missed: str, settings: EdgeSettings
) -> None:
    assert is_purged(hit, scope, value, settings)
    assert not is_purged(missed, scope, value, settings)


def test_a_full_url_means_one_site_where_hosts_are_kept_and_the_origins_elsewhere() -> None:
    for scope in (Named.URL, Named.PREFIX):
        assert not is_purged("http://v/a", scope, "http://other/a", KEPT)
        assert not is_purged("https://v/a", scope, "http://v/a", KEPT)
        assert is_purged("http://v/a", scope, "http://other/a", FIXED)


def test_a_prefix_without_a_path_means_that_site_and_no_other() -> None:
    assert is_purged("http://v/a", Named.PREFIX, "http://v", KEPT)
    assert not is_purged("http://v.example/a", Named.PREFIX, "http://v", KEPT)


def test_a_tag_and_everything_are_taken_as_they_are() -> None:
    assert purge_of(Purged(Named.TAG, "asset:a"), KEPT) == Purge(Scope.TAG, "asset:a")
    assert purge_of(Purged(Named.TAG, "/a"), KEPT) == Purge(Scope.TAG, "/a")
    assert purge_of(Purged(Named.ALL), KEPT) == Purge(Scope.ALL, "")


@pytest.mark.parametrize("scope", [Named.URL, Named.PREFIX, Named.TAG])
def test_a_soft_purge_stays_soft(scope: Named) -> None:
    assert purge_of(Purged(scope, "/a", soft=True), FIXED).soft
    assert not purge_of(Purged(scope, "/a"), FIXED).soft


class Told:
    """A listener and the state that it works on."""

    def __init__(self) -> None:
        self.now_ms = 1_000
        self.cache = Cache(FIXED.cache, lambda entry, cause: None)
        self.cache.lease_until_ms = 0
        self.membership = Membership("edge-1", 1, {}, retry_ms=1_000)
        self.counters = Counters()
        self.listener = Listener(
            FIXED, self.cache, self.membership, self.counters, now_ms=lambda: self.now_ms
        )

    def store(self, target: str) -> None:
        request = Request("GET", *FIXED.origin_site, target, Headers())
        head = ResponseHead(200, Headers([("cache-control", "max-age=60"), ("content-length", "1")]))
        fill = Fill(key_of(f"http://v{target}", FIXED), self.cache.next_serial(), 0, self.now_ms)
        self.cache.index.commit(make_entry(request, head, FIXED.cache, fill, self.now_ms))


@pytest.fixture
def told() -> Told:
    return Told()


def test_a_record_is_applied_when_it_was_heard(told: Told) -> None:
    told.store("/a")
    told.store("/b")
    told.listener.on_record(Record(1, 0, Purged(Named.URL, "/a")))
    assert len(told.cache.index) == 1 and told.cache.position == 1
    assert told.counters.purges == 1


def test_events_that_concern_no_copy_move_the_position_on(told: Told) -> None:
    told.store("/a")
    told.listener.on_record(Record(1, 0, AssetPublished("a", "0" * 16)))
    told.listener.on_record(Record(2, 0, AssetDeleted("a")))
    assert len(told.cache.index) == 1 and told.cache.position == 2 and told.counters.purges == 0


@pytest.mark.parametrize(
    "value", ["http://[::1", "http://a:b:c/x", "//", "no-url", "http://", "%", "é", "\udcff"]
)
@pytest.mark.parametrize("scope", [Named.URL, Named.PREFIX])
@pytest.mark.parametrize("settings", [FIXED, KEPT])
def test_no_purge_is_so_odd_that_the_bus_is_followed_no_more(
    scope: Named, value: str, settings: EdgeSettings
) -> None:
    purge_of(Purged(scope, value), settings)


def test_a_reset_drops_everything_and_believes_no_peer_from_before(told: Told) -> None:
    told.store("/a")
    told.listener.on_reset(7, Reset.OTHER_LOG)
    assert len(told.cache.index) == 0 and told.cache.position == 7
    behind, level = (ResponseHead(200, Headers(), position) for position in (6, 7))
    assert told.cache.is_ahead_of(behind, "http://origin:8080/a", None)
    assert not told.cache.is_ahead_of(level, "http://origin:8080/a", None)


def beat(lease_from_ms: int, *members: Member) -> Heartbeat:
    return Heartbeat(0, 5_000, 400, members, lease_from_ms)


def test_a_lease_counts_from_when_this_node_spoke(told: Told) -> None:
    assert told.cache.is_fenced(told.now_ms)
    told.listener.on_heartbeat(beat(lease_from_ms=900))
    assert not told.cache.is_fenced(1_299) and told.cache.is_fenced(1_300)


def test_a_heartbeat_tells_of_the_tier(told: Told) -> None:
    members = Member("edge-1", "http://127.0.0.1:1"), Member("edge-2", "http://127.0.0.1:2", 3)
    told.listener.on_heartbeat(beat(900, *members))
    assert list(told.membership.names) == ["edge-1", "edge-2"]
    told.listener.on_heartbeat(beat(900, members[0]))
    assert list(told.membership.names) == ["edge-1"]


def test_a_member_of_excessive_weight_does_not_end_the_listening(told: Told) -> None:
    told.listener.on_heartbeat(beat(900, Member("edge-2", "http://127.0.0.1:2", 1_000_000)))
    assert told.membership.names == ("edge-1", "edge-2")
