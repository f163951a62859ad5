import numpy as np
import pytest

from simulator.kernels.fifo import FIFO
from simulator.kernels.frame import (
    CAPACITY,
    FIRST_ROW,
    NO_LOG,
    Chunk,
    Counts,
    Kernel,
    Needs,
    Run,
    aligned,
    grown,
    pieces,
)
from simulator.kernels.lru import LRU


def chunk(ids: list[int], sizes: list[int]) -> Chunk:
    return Chunk(np.array(ids, np.uint32), np.array(sizes, np.uint32), np.empty(0, np.int64), max(ids) + 1)


def test_all_that_happened_is_counted() -> None:
    run = Run(LRU, 20)
    run.feed(chunk([0, 1, 0, 2, 3, 2, 2], [10, 10, 10, 5, 21, 0, 0]))
    # Misses: 0, 1, 2 (evicts 1), 3 (too large); then 2 is taken out, and is out.
    assert run.counts() == Counts(
        misses=4,
        miss_bytes=46,
        admitted=3,
        admitted_bytes=25,
        evictions=1,
        evicted_bytes=10,
        held=1,
        held_bytes=10,
    )


@pytest.mark.parametrize("piece", [1, 2, 3, 100])
def test_pieces_of_any_length_come_to_the_same(piece: int) -> None:
    run, whole = Run(FIFO, 20), Run(FIFO, 20)
    requests = chunk([0, 1, 0, 2, 3, 0, 1], [10, 10, 10, 5, 7, 10, 10])
    run.feed(requests, NO_LOG, piece)
    whole.feed(requests)
    assert run.counts() == whole.counts()


def test_objects_may_come_up_as_the_trace_goes_on() -> None:
    run = Run(LRU, 1000)
    run.feed(chunk([0], [10]))
    run.feed(chunk([5000, 0], [10, 10]))
    assert run.counts().misses == 2 and len(run.state.table) >= 5001 + FIRST_ROW


def test_a_capacity_is_positive() -> None:
    with pytest.raises(ValueError, match="capacity_bytes: must be greater than 0, not 0"):
        Run(LRU, 0)


def test_a_kernel_says_what_it_needs_and_begins_with_its_options() -> None:
    seen = []

    def begin(state: object, registers: object, **options: object) -> None:
        seen.append(options)

    kernel = Kernel("one", 4, LRU.replay, lambda registers, objects, requests: Needs(ring=3, words=5), begin)
    run = Run(kernel, 7, share=0.5)
    assert run.registers[CAPACITY] == 7 and seen == [{"share": 0.5}]
    assert [len(part) for part in run.state] == [FIRST_ROW, 3, 5, 0]


def test_rows_lie_within_cache_lines() -> None:
    for columns in (1, 2, 4, 8, 16):
        table = aligned((1000, columns), np.uint32)
        assert table.ctypes.data % 64 == 0 and table.flags.c_contiguous and not table.any()


def test_growth_keeps_the_beginning_and_doubles() -> None:
    old = np.arange(6, dtype=np.uint32).reshape(3, 2)
    assert grown(old, 3) is old
    new = grown(old, 4)
    assert new.shape == (6, 2) and new[:3].tolist() == old.tolist() and not new[3:].any()


def test_pieces_cover_a_length() -> None:
    assert list(pieces(5, 2)) == [slice(0, 2), slice(2, 4), slice(4, 5)]
    assert list(pieces(0, 2)) == []


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (chunk([0, 7], [1, 1])._replace(objects=7), "lru: id 7 is not below the 7 objects"),
        (chunk([0, 7], [1, 1])._replace(sizes=np.ones(1, np.uint32)), "lru: 2 ids, 1 sizes and 0 nexts"),
    ],
)
def test_a_chunk_in_disorder_is_refused_as_a_whole(broken: Chunk, words: str) -> None:
    run = Run(LRU, 10)
    with pytest.raises(ValueError, match=words):
        run.feed(broken)
    assert run.counts().misses == 0


def test_who_knows_the_future_must_be_told_it() -> None:
    seer = Kernel("seer", 2, LRU.replay, LRU.needs, future=True)
    with pytest.raises(ValueError, match="seer: the trace does not say when each object is asked"):
        Run(seer, 10).feed(chunk([0], [1]))
