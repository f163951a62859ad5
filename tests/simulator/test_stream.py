import numpy as np
import pytest

from simulator.kernels.frame import PIECE, Chunk, Run
from simulator.kernels.lru import LRU
from simulator.stream import Day, replay_day
from simulator.synthetic import Sessions, Sizes, Zipf, drawn

DAY = Day(Zipf(5000, 0.9), Sizes(1, 500), requests=PIECE + 1234, seed=3)


def test_a_stream_comes_to_the_same_as_the_whole_trace() -> None:
    parts = list(drawn(DAY.kind, DAY.sizes, DAY.requests, seed=3))
    ids, sizes = (np.concatenate(column) for column in zip(*parts, strict=True))
    whole = Run(LRU, 100_000)
    whole.feed(Chunk(ids, sizes, np.empty(0, np.int64), 5000))
    counts, told = whole.counts(), list[int]()

    row = replay_day(DAY, "lru", 100_000, told.append)

    assert told == [PIECE, DAY.requests]
    assert (row.misses, row.miss_bytes, row.evictions) == (counts.misses, counts.miss_bytes, counts.evictions)
    assert row.request_bytes == sizes.sum(dtype=np.int64)
    assert row.miss_ratio == counts.misses / DAY.requests
    assert row.requests_per_s * row.seconds == pytest.approx(DAY.requests)


def test_the_bytes_there_are_include_what_nobody_asks_for() -> None:
    assert Day(Zipf(700_000), Sizes(), requests=1).unique_bytes() == 700_000
    assert DAY.unique_bytes() == Day(Zipf(5000, 0.2), Sizes(1, 500), requests=9, seed=3).unique_bytes()


def test_any_kind_of_requests_may_be_streamed() -> None:
    row = replay_day(Day(Sessions(Zipf(50), segments=20, viewers=10), Sizes(), 20_000), "sieve", 200)
    assert 0 < row.misses < row.requests == 20_000


@pytest.mark.parametrize("policy", ["magic", "belady"])
def test_a_policy_must_be_one_that_does_not_know_the_future(policy: str) -> None:
    with pytest.raises(ValueError, match=f"policy: '{policy}' is not one of fifo, lru, "):
        replay_day(DAY, policy, 10)


def test_a_day_has_requests() -> None:
    with pytest.raises(ValueError, match="requests: at least 1, not 0"):
        Day(Zipf(10), Sizes(), requests=0)
