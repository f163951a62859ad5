"""Random requests: how many, when, and for what."""

from collections import Counter
from typing import Any

import pytest

from simulator import World
from simulator.site import make_object
from simulator.workload import Workload, play
from tests.simulator.worlds import world_of

OBJECTS = [make_object(f"/{number}", 500, "max-age=60") for number in range(50)]
TARGETS = [item.target for item in OBJECTS]


def played(world: World, workload: Workload) -> World:
    world.spawn(play(world, workload, TARGETS, world.rng("workload")))
    world.settle()
    return world


def test_every_request_is_sent_and_counted() -> None:
    world = played(world_of(*OBJECTS, edges=2), Workload(requests=1_000, rate_per_s=500))
    assert world.books.answers == {"200": 1_000}
    assert 1_600 < world.scheduler.now_us / 1_000 < 2_400, "a thousand at five hundred a second"


def test_popular_targets_come_first() -> None:
    targets: Counter[str] = Counter()

    world = world_of(*OBJECTS, peering=False)
    edge = world.edges["edge-1"]
    accept = edge.accept

    def noting(call: Any) -> None:
        targets[call.request.target] += 1
        accept(call)

    edge.accept = noting  # type: ignore[method-assign]
    played(world, Workload(requests=3_000, rate_per_s=3_000, zipf_alpha=1.0))
    assert targets["/0"] > targets["/4"] > targets["/40"] > 0
    assert 1.5 < targets["/0"] / targets["/1"] < 2.7, "by Zipf's law twice as often"


@pytest.mark.parametrize(("failover", "failed"), [(True, False), (False, True)])
def test_clients_go_to_another_edge_if_they_are_told_to(failover: bool, failed: bool) -> None:
    world = world_of(*OBJECTS, edges=3)
    world.kill("edge-2")
    played(world, Workload(requests=300, rate_per_s=1_000, failover=failover))
    assert (world.books.answers["unreachable"] > 0) is failed
    assert world.books.answers.total() == 300


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"requests": 0}, "requests: must be greater than 0, not 0"),
        ({"rate_per_s": -1.0}, "rate_per_s: must be greater than 0, not -1.0"),
        ({"clients": 0}, "clients: must be greater than 0, not 0"),
        ({"zipf_alpha": -0.1}, "zipf_alpha: must not be negative, not -0.1"),
    ],
)
def test_a_field_out_of_range_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Workload(**({"requests": 1, "rate_per_s": 1.0} | changes))
