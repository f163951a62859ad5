"""What is counted, and how it is told."""

import json
from array import array

from simulator import Condition
from simulator.report import Books, percentiles
from simulator.site import make_object
from tests.simulator.worlds import ask, get, world_of


def test_percentiles_are_of_the_nearest_rank() -> None:
    times_us = array("q", (number * 1_000 for number in range(200, 0, -1)))
    assert percentiles(times_us) == {"p50": 100.0, "p90": 180.0, "p99": 198.0, "p100": 200.0}
    assert percentiles(array("q", [7])) == {"p50": 0.007, "p90": 0.007, "p99": 0.007, "p100": 0.007}
    assert percentiles(array("q")) == {}


def test_the_hit_ratio_is_of_requests_that_sent_none_of_their_own_upstream() -> None:
    world = world_of(make_object("/a", 100, "max-age=1, stale-while-revalidate=1"))
    asked = [ask(world) for _ in range(4)]  # a miss and three that follow it
    world.settle()
    get(world)  # a hit
    world.run(1_500)
    get(world)  # stale, refreshed behind
    world.run(5_000)
    get(world)  # validated, which is a request of its own
    world.origin.condition = Condition.DOWN
    world.run(9_000)
    get(world)  # refused
    assert len(asked) == 4
    assert world.books.hit_ratio == round(5 / 8, 6)


def test_nothing_counted_is_no_ratio() -> None:
    assert Books().hit_ratio == 0.0
    assert Books().summary()["players"] == {"sessions": 0}


def test_the_report_is_json_and_says_where_bytes_went() -> None:
    world = world_of(edges=2)
    for edge in ("edge-1", "edge-2", "edge-1"):
        asked = ask(world, edge)
        world.settle()
        world.books.on_got(asked.got)
    report = json.loads(json.dumps(world.report()))
    assert report["client_bytes"] == 3_000_000
    assert report["origin"] == {"requests": 1, "sent_bytes": 1_000_000}
    assert sum(edge["sent_bytes"] for edge in report["edges"].values()) == 4_000_000
    assert report["answers"] == {"200": 3}
    assert report["settings"]["seed"] == 1
    assert list(report["first_byte_ms"]) == ["p50", "p90", "p99", "p100"]
