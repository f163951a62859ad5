"""Exchanges driven in virtual time: collapsing, fills that outlive their client, purges that cross a fill."""

from caching import CacheSettings, Purge, Scope
from simulator import Condition
from simulator.node import Who
from simulator.site import make_object
from tests.simulator.worlds import A, ask, count, get, headers, version_of, world_of

MANY = 500


def test_many_at_once_reach_the_origin_once() -> None:
    world = world_of(edge_bandwidth_bps=0)
    asked = [ask(world) for _ in range(MANY)]
    world.settle()
    assert world.origin.requests == 1
    assert {(a.got.status, a.got.size_bytes, version_of(a.got)) for a in asked} == {(200, 1_000_000, 1)}
    assert count(world, "miss", "uri-miss") == 1
    assert count(world, "collapsed", "uri-miss") == MANY - 1


def test_a_follower_gets_its_first_byte_before_the_fill_has_ended() -> None:
    world = world_of(origin_bandwidth_bps=8_000_000)  # the fill takes a second
    leader = ask(world)
    world.run(600)
    follower = ask(world)
    world.settle()
    filled_us = 10_000 + 40_000 + 1_000_000 + 40_000
    assert leader.got.ended_us > filled_us
    assert follower.got.first_byte_us < 700_000 < filled_us
    assert count(world, "collapsed", "uri-miss") == 1
    # What had arrived comes at the client's own pace, the rest at that of the fill.
    assert follower.got.ended_us < leader.got.ended_us + 20_972


def test_the_leaders_client_may_die_without_harm_to_followers() -> None:
    world = world_of(origin_bandwidth_bps=8_000_000)
    leader = ask(world, leave_after_bytes=1)
    follower = ask(world)
    world.settle()
    assert leader.got.size_bytes < 200_000
    assert (follower.got.size_bytes, follower.got.failure) == (1_000_000, None)
    get(world)
    assert count(world, "hit", "fresh") == 1
    assert world.origin.requests == 1


def test_when_a_fill_breaks_off_so_does_what_follows_it() -> None:
    world = world_of(origin_bandwidth_bps=8_000_000)
    asked = [ask(world) for _ in range(3)]
    world.at(500, lambda: setattr(world.origin, "condition", Condition.DOWN))
    world.settle()
    assert {(a.got.status, a.got.failure and a.got.failure.name) for a in asked} == {(200, "ABORTED")}
    assert world.books.not_stored["fill-failed"] == 1
    assert len(world.edges["edge-1"].cache.index) == 0
    assert not world.edges["edge-1"].bodies


def test_an_unsharable_response_is_fetched_for_each() -> None:
    world = world_of(make_object("/a", 100, "private, max-age=60"))
    asked = [ask(world) for _ in range(5)]
    world.settle()
    assert world.origin.requests == 5
    assert all(a.got.size_bytes == 100 for a in asked)
    assert count(world, "bypass", "unsharable") == 4


def test_followers_of_a_failure_are_refused_without_asking_again() -> None:
    world = world_of()
    world.origin.condition = Condition.FAILING
    asked = [ask(world) for _ in range(5)]
    world.settle()
    assert [a.got.status for a in asked] == [503, 502, 502, 502, 502]
    assert world.origin.requests == 1
    assert count(world, "refused", "upstream-error") == 4


def test_a_stale_answer_is_at_once_and_refreshed_behind() -> None:
    world = world_of(make_object("/a", 100, "max-age=1, stale-while-revalidate=9"))
    get(world)
    world.run(2_000)
    world.origin.table.put(make_object("/a", 100, "max-age=1, stale-while-revalidate=9", version=2))
    asked = [ask(world) for _ in range(3)]
    world.settle()
    assert [version_of(a.got) for a in asked] == [1, 1, 1]
    assert {a.got.ended_us - a.got.asked_us for a in asked} == {20_032}
    assert count(world, "stale", "stale-while-revalidate") == 3
    assert count(world, "expired", "expired", Who.REFRESH) == 1
    assert (version_of(get(world)), world.origin.requests) == (2, 2)


def test_stale_content_stands_in_for_an_origin_that_is_down() -> None:
    world = world_of(make_object("/a", 100, "max-age=1, stale-if-error=9"))
    get(world)
    world.origin.condition = Condition.DOWN
    world.run(5_000)
    assert get(world).status == 200
    assert count(world, "stale", "stale-if-error") == 1
    world.run(11_000)
    assert get(world).status == 502


def test_a_purge_that_crosses_a_fill_lets_it_be_delivered_and_not_stored() -> None:
    world = world_of(origin_bandwidth_bps=8_000_000, bus_latency_us=0)
    before = ask(world)
    world.run(500)
    world.origin.table.put(make_object("/a", 1_000_000, "max-age=60", version=2))
    world.purge(Purge(Scope.URL, "/a"))
    world.run(501)
    after = ask(world)
    world.settle()
    assert (version_of(before.got), version_of(after.got)) == (1, 2)
    assert before.got.size_bytes == 1_000_000
    assert world.books.not_stored["purged"] == 1
    assert version_of(get(world)) == 2
    assert world.origin.requests == 2


def test_a_body_outlives_its_entry_while_someone_reads_it() -> None:
    world = world_of(bus_latency_us=0)
    get(world)
    reader = ask(world)
    world.run(world.scheduler.now_us // 1_000 + 50)
    world.purge(Purge(Scope.ALL))
    world.settle()
    assert (reader.got.size_bytes, reader.got.failure) == (1_000_000, None)
    assert not world.edges["edge-1"].bodies


def test_what_is_evicted_while_it_is_validated_can_still_be_served() -> None:
    small = make_object("/small", 600, "max-age=1")
    large = make_object("/large", 900, "max-age=60")
    world = world_of(small, large, cache=CacheSettings(capacity_bytes=3_000))
    get(world, target="/small")
    world.run(5_000)
    validated, evicting = ask(world, target="/small"), ask(world, target="/large")
    world.settle()
    assert world.books.evictions == 1
    assert (validated.got.status, validated.got.size_bytes) == (200, 600)
    assert evicting.got.size_bytes == 900


def test_a_request_that_has_been_here_is_refused() -> None:
    assert get(world_of(A), headers=headers(cdn_loop="edge-1")).status == 508
