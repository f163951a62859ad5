"""An edge's death and return, and how it tells clients from peers."""

from caching import Dropped, Purge, Scope
from simulator.node import Who
from tests.simulator.worlds import ask, count, get, headers, shown_by, world_of


def test_a_dead_edge_has_nothing_and_does_nothing() -> None:
    world = world_of(origin_bandwidth_bps=8_000_000)
    asked = ask(world)
    world.run(500)
    world.kill("edge-1")
    world.settle()
    sent_bytes = world.origin.uplink.carried_bytes
    assert asked.got.failure is not None
    assert 0 < sent_bytes < 1_000_000, "the origin notices that there is nobody any more"
    edge = world.edges["edge-1"]
    assert (len(edge.bodies), len(edge.sessions)) == (0, 0)
    assert sum(world.books.exchanges.values()) == 0, "what was broken off is no answer"


def test_an_edge_that_is_back_begins_anew() -> None:
    world = world_of()
    get(world)
    world.kill("edge-1")
    world.purge(Purge(Scope.ALL))
    world.revive("edge-1")
    assert get(world).size_bytes == 1_000_000
    assert world.origin.requests == 2
    assert world.edges["edge-1"].cache.position == 1
    world.run(2_000)
    assert count(world, "miss", "uri-miss") == 2


def test_a_peer_is_one_that_can_prove_it() -> None:
    world = world_of(edges=2)
    get(world, "edge-1", headers=shown_by(world, "edge-2"))
    get(world, "edge-1", headers=headers(cdn_loop="edge-2"))
    assert count(world, "miss", "uri-miss", Who.PEER) == 1
    assert count(world, "hit", "fresh", Who.CLIENT) == 1


def test_what_left_the_cache_is_counted_by_cause() -> None:
    world = world_of(bus_latency_us=0)
    get(world)
    world.purge(Purge(Scope.TAG, "t"))
    world.run(1_000)
    assert world.edges["edge-1"].dropped[Dropped.PURGED] == 1
