"""Purges in order, leases, membership, and rule 3 of the design: nothing purged is ever served as fresh."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from caching import Purge, Scope
from simulator import World
from simulator.bus import Receipt, Settled
from simulator.node import Who
from simulator.site import make_object
from tests.simulator.worlds import Asked, ask, count, get, version_of, world_of

ALL = Purge(Scope.ALL)


def confirmed(world: World, receipt: Receipt) -> int:
    """How many milliseconds it takes from now until a purge is confirmed."""
    began_us = world.scheduler.now_us
    world.scheduler.run_while(lambda: not receipt.confirmed.is_set)
    return (world.scheduler.now_us - began_us) // 1_000


def test_a_purge_is_confirmed_when_every_edge_has_said_so() -> None:
    world = world_of(edges=3)
    receipt = world.purge(ALL)
    world.run(39)
    assert [edge.cache.position for edge in world.edges.values()] == [0, 0, 0]
    assert confirmed(world, receipt) == 80 - 39
    assert [edge.cache.position for edge in world.edges.values()] == [1, 1, 1]
    assert set(receipt.how.values()) == {Settled.APPLIED}


def test_an_edge_that_is_cut_off_is_fenced_before_the_purge_is_confirmed() -> None:
    world = world_of(edges=2, max_staleness_ms=4_000)
    get(world, "edge-2")
    world.run(10_500)
    world.bus.disconnect("edge-2")
    receipt = world.purge(ALL)
    assert confirmed(world, receipt) == 10_000 + 4_000 - 10_500
    assert receipt.how == {"edge-1": Settled.APPLIED, "edge-2": Settled.FENCED}
    assert world.edges["edge-2"].cache.is_fenced(world.scheduler.now_ms)
    assert get(world, "edge-2").status == 200
    assert count(world, "revalidated", "fenced") == 1


def test_an_edge_that_is_heard_again_is_told_what_it_missed() -> None:
    world = world_of(edges=2)
    world.bus.disconnect("edge-2")
    for _ in range(3):
        world.purge(ALL)
    world.run(1_000)
    edge = world.edges["edge-2"]
    assert edge.cache.position == 0
    world.bus.connect(edge)
    world.run(1_100)
    assert edge.cache.position == 3
    world.run(60_000)
    assert not edge.cache.is_fenced(world.scheduler.now_ms)


def test_what_was_on_its_way_when_the_connection_broke_is_lost_and_sent_again() -> None:
    world = world_of(edges=1)
    receipt = world.purge(ALL)
    edge = world.edges["edge-1"]
    world.run(20)
    world.bus.disconnect("edge-1")
    world.bus.connect(edge)
    world.run(50)
    assert edge.cache.position == 0
    assert confirmed(world, receipt) == 50


def test_an_edge_takes_nothing_from_a_peer_that_is_behind_a_purge() -> None:
    objects = [make_object(f"/{number}", 100, "max-age=60") for number in range(20)]
    world = world_of(*objects, edges=2)
    ring = world.edges["edge-1"].upstream.ring
    item = next(item for item in objects if ring.owner(f"http://origin{item.target}") == "edge-2")
    get(world, "edge-2", item.target)
    world.bus.disconnect("edge-2")
    world.origin.table.put(make_object(item.target, 100, "max-age=60", version=2))
    world.purge(ALL)
    world.run(world.scheduler.now_us // 1_000 + 100)
    assert version_of(get(world, "edge-2", item.target)) == 1, "it doesn't know yet"
    assert version_of(get(world, "edge-1", item.target)) == 2
    assert count(world, "hit", "fresh", Who.PEER) == 1, "it was asked, and not believed"


def test_heartbeats_keep_a_quiet_tier_unfenced() -> None:
    world = world_of(edges=2, max_staleness_ms=1_000)
    for at_ms in range(500, 20_000, 500):
        world.run(at_ms)
        assert not any(edge.cache.is_fenced(world.scheduler.now_ms) for edge in world.edges.values())


def test_the_ring_follows_who_holds_a_lease() -> None:
    world = world_of(edges=3, max_staleness_ms=2_000)
    ring = world.edges["edge-1"].upstream.ring
    world.kill("edge-3")
    world.run(1_000)
    assert world.edges["edge-1"].upstream.ring.nodes == ring.nodes
    world.run(3_000)
    assert world.edges["edge-1"].upstream.ring.nodes == ("edge-1", "edge-2")
    world.revive("edge-3")
    world.run(3_100)
    assert all(edge.upstream.ring.nodes == ring.nodes for edge in world.edges.values())


def test_without_leases_no_edge_is_fenced_and_a_purge_waits() -> None:
    world = world_of(edges=2, max_staleness_ms=0)
    world.bus.disconnect("edge-2")
    receipt = world.purge(ALL)
    world.run(600_000)
    assert list(receipt.waiting) == ["edge-2"]
    assert not world.edges["edge-2"].cache.is_fenced(world.scheduler.now_ms)
    world.bus.connect(world.edges["edge-2"])
    assert confirmed(world, receipt) == 80


class Script:
    """Draws troubles and purges from what Hypothesis gives, and remembers what each request must not get."""

    def __init__(self) -> None:
        # A fill takes 80 ms, so that purges cross it.
        self.world = world_of(
            make_object("/a", 200_000, "max-age=3600"),
            edges=3,
            max_staleness_ms=2_000,
            origin_bandwidth_bps=20_000_000,
        )
        self.version = 1
        self.asked: list[tuple[Asked, int]] = []
        self._dead: set[str] = set()
        self._cut: set[str] = set()
        self._purges: list[tuple[int, Receipt]] = []

    def take(self, what: str, edge: str, soft: bool) -> None:
        match what:
            case "ask":
                oldest = max((v for v, receipt in self._purges if receipt.confirmed.is_set), default=1)
                self.asked.append((ask(self.world, edge), oldest))
            case "purge":
                self.version += 1
                self.world.origin.table.put(make_object("/a", 200_000, "max-age=3600", version=self.version))
                self._purges.append((self.version, self.world.purge(Purge(Scope.URL, "/a", soft))))
            case "cut" if edge not in self._cut | self._dead:
                self._cut.add(edge)
                self.world.bus.disconnect(edge)
            case "mend" if edge in self._cut - self._dead:
                self._cut.remove(edge)
                self.world.bus.connect(self.world.edges[edge])
            case "kill" if edge not in self._dead:
                self._dead.add(edge)
                self.world.kill(edge)
            case "revive" if edge in self._dead:
                self._dead.remove(edge)
                self._cut.discard(edge)
                self.world.revive(edge)


STEPS = st.tuples(
    st.sampled_from(["ask", "ask", "ask", "ask", "purge", "purge", "cut", "mend", "kill", "revive"]),
    st.sampled_from(["edge-1", "edge-2", "edge-3"]),
    st.booleans(),
    st.sampled_from([0, 30, 90, 90, 200, 2_200]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, min_size=20, max_size=60))
def test_what_a_confirmed_purge_was_about_is_never_served_again(
    steps: list[tuple[str, str, bool, int]],
) -> None:
    script, now_ms = Script(), 0
    for what, edge, soft, wait_ms in steps:
        script.take(what, edge, soft)
        now_ms += wait_ms
        script.world.run(now_ms)
    script.world.settle()
    for asked, oldest in script.asked:
        got = asked.got
        assert got.failure is not None or version_of(got) >= oldest, got
