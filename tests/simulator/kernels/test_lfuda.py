import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caching.policies import LfuDa
from caching.policies.lfuda import YOUNGER
from simulator.kernels.frame import FIRST_ROW, Kernel, Run
from simulator.kernels.gdsf import GDSF
from simulator.kernels.lfuda import LFUDA, scale_down
from simulator.kernels.queue import HEAD, SIZE, TAIL
from simulator.kernels.ranks import ENTRIES, RANK, ROOT
from tests.simulator.kernels.sameness import OBJECTS, Trace, assert_same, chunk, traces
from tests.simulator.kernels.walks import walks


@settings(max_examples=250, deadline=None)
@given(trace=traces(), published=st.booleans())
def test_it_decides_as_the_live_form_does(trace: Trace, published: bool) -> None:
    assert_same(LFUDA, LfuDa, trace, published=published)


def test_it_does_so_when_the_age_is_scaled_down() -> None:
    doubling = [(i, 1) for i in (0, 0, 1, 1, 2, 2, 3, 2, 3, 4)]
    assert_same(LFUDA, LfuDa, Trace(doubling * 600, 3, 1000))


def test_every_rank_is_scaled_down_once() -> None:
    """Also that of an object which was removed and came back, and is in the queue and still in the heap."""
    run = Run(LFUDA, 3)
    moves = [(0, 1), (1, 1), (2, 1), (0, 1), (3, 1), (0, 0), (3, 0), (0, 1), (3, 1)]
    run.feed(chunk(moves, OBJECTS))
    assert run.registers[ENTRIES] == 1
    wide = run.state.table.view(np.uint64)
    rows = FIRST_ROW + np.flatnonzero(run.state.table[FIRST_ROW:, SIZE])
    before = wide[rows, RANK].view(np.float64)
    scale_down(run.state, wide, run.registers)
    assert len(rows) == 3
    assert wide[rows, RANK].view(np.float64).tolist() == (before * YOUNGER).tolist()


@pytest.mark.parametrize("kernel", [LFUDA, GDSF], ids=["lfuda", "gdsf"])
def test_queue_and_heap_never_outgrow_their_room(kernel: Kernel) -> None:
    """Pieces of one request leave little, and who is removed leaves an entry behind."""
    dice, run = random.Random(1), Run(kernel, 30)
    for _ in range(4000):
        i = int(dice.paretovariate(0.4)) % OBJECTS
        run.feed(chunk([(i, (i % 5 + 1) * (dice.random() > 0.4))], OBJECTS))
        assert 2 * (int(ROOT) + run.registers[ENTRIES]) <= len(run.state.words)
        assert run.registers[HEAD] - run.registers[TAIL] <= len(run.state.ring)


def test_it_does_so_on_long_walks() -> None:
    for trace in walks():
        assert_same(LFUDA, LfuDa, trace)
