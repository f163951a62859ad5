"""What links let through, and how flows share them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.link import Link, Path
from simulator.scheduler import Scheduler
from simulator.task import Task

MEGABIT = 1_000_000


def send(scheduler: Scheduler, path: Path, size_bytes: int, ended_us: list[int]) -> None:
    """One flow that sends chunk after chunk."""

    async def steps() -> None:
        left = size_bytes
        while left:
            chunk = path.next_chunk(left)
            await path.carry(scheduler, chunk)
            left -= chunk
        ended_us.append(scheduler.now_us)

    Task(scheduler, steps(), lambda task: None)


def test_a_chunk_takes_its_bits_at_the_bandwidth() -> None:
    link = Link(8 * MEGABIT)
    assert link.reserve(0, 1_000) == 1_000
    assert link.reserve(100, 1_000) == 2_000, "the second waits for the first"
    assert link.reserve(5_000, 1_000) == 6_000, "an idle link has saved nothing up"
    assert link.carried_bytes == 3_000


def test_an_unlimited_link_takes_no_time() -> None:
    link = Link(0)
    assert link.reserve(7, 10**12) == 7


def test_a_negative_bandwidth_is_refused() -> None:
    with pytest.raises(ValueError, match="bandwidth_bps: must not be negative, not -1"):
        Link(-1)


@given(st.lists(st.integers(1, 5_000), min_size=1, max_size=50), st.integers(1_000, 10**11))
def test_chunks_without_a_gap_take_no_longer_than_all_at_once(chunks: list[int], bandwidth_bps: int) -> None:
    one_by_one, at_once = Link(bandwidth_bps), Link(bandwidth_bps)
    for chunk in chunks:
        ended_us = one_by_one.reserve(0, chunk)
    assert ended_us == at_once.reserve(0, sum(chunks))


def test_flows_on_a_link_get_the_same_share() -> None:
    scheduler, ended_us = Scheduler(), list[int]()
    path = Path((Link(8 * MEGABIT),), 0, 1_000)
    for size_bytes in (10_000, 10_000, 20_000):
        send(scheduler, path, size_bytes, ended_us)
    scheduler.run(10**6)
    # Three share until two have their 10,000 bytes, at 30,000 bytes; the last goes on alone.
    assert ended_us == [28_000, 29_000, 40_000]


def test_a_slow_receiver_takes_no_more_of_a_shared_link_than_it_can_use() -> None:
    scheduler, slow_us, fast_us = Scheduler(), list[int](), list[int]()
    shared = Link(100 * MEGABIT)
    send(scheduler, Path((shared, Link(MEGABIT)), 0, 10_000), 100_000, slow_us)
    send(scheduler, Path((shared, Link(0)), 0, 10_000), 1_000_000, fast_us)
    scheduler.run(10**7)
    assert slow_us == [800_000]
    assert 80_000 <= fast_us[0] <= 80_000 * 1.02


def test_only_limited_paths_are_chunked() -> None:
    assert Path((Link(0), Link(0)), 0, 10).next_chunk(1_000) == 1_000
    assert Path((Link(0), Link(1)), 0, 10).next_chunk(1_000) == 10
    assert Path((Link(0), Link(1)), 0, 10).next_chunk(7) == 7
