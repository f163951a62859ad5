"""Whom an edge asks: the owner, its stand-in, the origin."""

from collections import Counter

from simulator import Condition, World
from simulator.node import Who
from simulator.site import make_object
from tests.simulator.worlds import ask, count, get, shown_by, version_of, world_of

OBJECTS = [make_object(f"/{number}", 1_000, "max-age=60") for number in range(60)]


def owner_of(world: World, target: str) -> str:
    return world.edges["edge-1"].upstream.ring.owner(f"http://origin{target}")


def owned_by(world: World, name: str) -> str:
    """A target that an edge owns."""
    return next(item.target for item in OBJECTS if owner_of(world, item.target) == name)


def test_the_tier_fetches_each_object_once() -> None:
    world = world_of(*OBJECTS, edges=4)
    asked = [ask(world, edge, item.target) for item in OBJECTS for edge in world.edges]
    world.settle()
    assert world.origin.requests == len(OBJECTS)
    assert all(a.got.size_bytes == 1_000 for a in asked)
    owners = Counter(owner_of(world, item.target) for item in OBJECTS)
    assert set(owners) == set(world.edges)


def test_without_peering_each_edge_fetches_for_itself() -> None:
    world = world_of(*OBJECTS, edges=4, peering=False)
    for edge in world.edges:
        get(world, edge, "/0")
    assert world.origin.requests == 4


def test_a_peer_is_nearer_than_the_origin() -> None:
    world = world_of(*OBJECTS, edges=2, edge_bandwidth_bps=0, client_bandwidth_bps=0)
    target = owned_by(world, "edge-2")
    get(world, "edge-2", target)
    got = get(world, "edge-1", target)
    assert got.ended_us - got.asked_us == 2 * 10_000 + 2 * 1_000


def test_a_request_from_a_peer_goes_to_the_origin() -> None:
    world = world_of(*OBJECTS, edges=3)
    get(world, "edge-1", owned_by(world, "edge-2"), headers=shown_by(world, "edge-3"))
    assert world.origin.requests == 1
    assert count(world, "miss", "uri-miss", Who.PEER) == 1


def test_a_dead_owner_is_passed_over_until_it_is_back() -> None:
    world = world_of(*OBJECTS, edges=3)
    ring = world.edges["edge-1"].upstream.ring
    walks = {item.target: ring.owners(f"http://origin{item.target}", 2) for item in OBJECTS}
    mine = [target for target, walk in walks.items() if walk == ("edge-2", "edge-1")][:3]
    world.kill("edge-2")
    first, second = get(world, "edge-1", mine[0]), get(world, "edge-1", mine[1])
    assert (first.status, second.status) == (200, 200)
    first_us, second_us = (got.ended_us - got.asked_us for got in (first, second))
    assert first_us - second_us == 2 * 1_000, "only the first found out by asking"
    world.revive("edge-2")
    world.run(10_000)
    get(world, "edge-1", mine[2])
    assert count(world, "miss", "uri-miss", Who.PEER) >= 1
    assert len(world.edges["edge-2"].cache.index) == 1


def test_a_peer_that_hangs_costs_its_time_limit_once() -> None:
    world = world_of(*OBJECTS, edges=2, peer_head_timeout_ms=100)
    target = owned_by(world, "edge-2")
    world.origin.condition = Condition.SILENT
    world.at(110, lambda: setattr(world.origin, "condition", Condition.UP))
    got = get(world, "edge-1", target)
    assert got.status == 200
    assert 100_000 < got.ended_us < 300_000


def test_what_a_peer_relays_as_an_error_is_not_asked_for_again() -> None:
    world = world_of(*OBJECTS, edges=2)
    world.origin.condition = Condition.FAILING
    assert get(world, "edge-1", owned_by(world, "edge-2")).status == 503
    assert world.origin.requests == 1


def test_an_unchanged_object_is_validated_through_the_owner() -> None:
    objects = [make_object(f"/{number}", 1_000, "max-age=1") for number in range(60)]
    world = world_of(*objects, edges=2)
    target = owned_by(world, "edge-2")
    get(world, "edge-1", target)
    world.run(5_000)
    assert version_of(get(world, "edge-1", target)) == 1
    assert count(world, "revalidated", "expired", Who.CLIENT) == 1
    assert count(world, "revalidated", "expired", Who.PEER) == 1
