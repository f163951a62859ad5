"""What clients measure, and where they turn when an edge fails."""

from caching import Failure
from simulator import Condition, World
from simulator.client import Got
from tests.simulator.worlds import ask, get, headers, world_of


def get_from_any(world: World, edges: list[str]) -> Got:
    gots: list[Got] = []

    async def steps() -> None:
        gots.append(await world.client().get_from_any(edges, "/a"))

    world.spawn(steps())
    world.settle()
    return gots[0]


def test_times_are_those_of_latency_and_bandwidth() -> None:
    world = world_of()
    miss, hit = get(world), get(world)
    # Client and origin are 10 and 40 ms away; a chunk of 64 KiB takes 525 us of a gigabit, 20,972 of 25 Mbit.
    assert miss.first_byte_us - miss.asked_us == 2 * 10_000 + 2 * 40_000 + 525 + 20_972
    assert hit.first_byte_us - hit.asked_us == 2 * 10_000 + 20_972
    assert hit.ended_us - hit.asked_us == 2 * 10_000 + 320_000, "chunks cost nothing extra"
    assert (hit.size_bytes, hit.status, hit.failure) == (1_000_000, 200, None)


def test_without_a_body_the_head_counts_as_the_first_byte() -> None:
    world = world_of()
    get(world)
    got = get(world, headers=headers(if_none_match='"v1"'))
    assert (got.status, got.size_bytes) == (304, 0)
    assert got.first_byte_us == got.ended_us == got.asked_us + 20_000


def test_a_range_is_what_was_asked_for() -> None:
    got = get(world_of(), headers=headers(range="bytes=10-19"))
    assert (got.status, got.size_bytes, got.headers.get("content-range")) == (206, 10, "bytes 10-19/1000000")


def test_a_client_may_leave_in_the_middle() -> None:
    got = get(world_of(), leave_after_bytes=100_000)
    assert 100_000 <= got.size_bytes < 200_000


def test_a_client_waits_only_so_long_for_the_head() -> None:
    world = world_of(client_timeout_ms=500)
    world.origin.condition = Condition.SILENT
    got = get(world)
    assert (got.status, got.failure, got.ended_us) == (0, Failure.TIMEOUT, 500_000)


def test_a_client_that_is_told_to_goes_on_to_the_next_edge() -> None:
    world = world_of(edges=3)
    world.kill("edge-1")
    world.kill("edge-2")
    assert get(world, "edge-1").failure is Failure.UNREACHABLE
    got = get_from_any(world, ["edge-2", "edge-1", "edge-3"])
    assert (got.edge, got.failure) == ("edge-3", None)
    assert get_from_any(world, ["edge-2", "edge-1"]).failure is Failure.UNREACHABLE


def test_an_edge_that_dies_in_the_middle_of_a_body_breaks_it_off() -> None:
    world = world_of(edges=2)
    asked = ask(world)
    world.at(250, lambda: world.kill("edge-1"))
    world.settle()
    assert asked.got.failure is Failure.ABORTED
    assert 0 < asked.got.size_bytes < 1_000_000
