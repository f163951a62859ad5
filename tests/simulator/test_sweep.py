"""Sweeps say the same wherever they run, and what they say is what a replay by hand says."""

from __future__ import annotations

import signal
from pathlib import Path

import joblib
import pytest
from distributed import LocalCluster

from simulator.kernels.frame import Run
from simulator.kernels.table import KERNELS
from simulator.sweep import Row, SweepError, Task, on_dask, run, sweep
from simulator.synthetic import Sizes, Zipf
from simulator.traces import Prepared
from tests.simulator.laid import laid, synthetic

TASKS = [Task(policy, capacity) for policy in ("lru", "fifo") for capacity in (20_000, 90_000)]
KIND = Zipf(2000, alpha=0.9)


def told(rows: list[Row]) -> list[tuple[str, int, int, int]]:
    return [(row.policy, row.capacity_bytes, row.misses, row.miss_bytes) for row in rows]


def by_hand(prepared: Prepared) -> list[tuple[str, int, int, int]]:
    rows = []
    for task in TASKS:
        work = Run(KERNELS[task.policy], task.capacity_bytes)
        for chunk in prepared.chunks():
            work.feed(chunk)
        counts = work.counts()
        rows.append((task.policy, task.capacity_bytes, counts.misses, counts.miss_bytes))
    return rows


def test_rows_are_those_of_replays_by_hand_in_the_order_of_the_tasks(tmp_path: Path) -> None:
    done: list[int] = []
    with synthetic(tmp_path, KIND, 20_000, Sizes(10, 900)) as prepared:
        rows = sweep(prepared, TASKS, on_requests=done.append)
        assert told(rows) == by_hand(prepared)
        assert done[-1] == 4 * 20_000
        for row in rows:
            assert (row.requests, row.request_bytes) == (20_000, prepared.summary.request_bytes)
            assert row.miss_ratio == row.misses / 20_000
            assert row.byte_miss_ratio == row.miss_bytes / row.request_bytes
            assert row.written_bytes == row.miss_bytes
            assert 0 <= row.written_bytes - row.evicted_bytes <= row.capacity_bytes
            assert row.written_bytes_per_s == pytest.approx(row.written_bytes / 199)
            assert row.one_hit_wonder_share == prepared.summary.one_hit_wonder_share
            assert row.requests_per_s > 0


def test_processes_say_the_same(tmp_path: Path) -> None:
    with synthetic(tmp_path, KIND, 20_000, Sizes(10, 900)) as prepared:
        done: list[int] = []
        assert told(sweep(prepared, TASKS, jobs=2, on_requests=done.append)) == by_hand(prepared)
        assert done[-1] == 4 * 20_000


def test_workers_leave_ctrl_c_to_the_one_who_began_them(tmp_path: Path) -> None:
    with synthetic(tmp_path, KIND, 2000, Sizes()) as prepared:
        sweep(prepared, TASKS, jobs=2)
    ask = joblib.delayed(signal.pthread_sigmask)
    masks = joblib.Parallel(n_jobs=2)(ask(signal.SIG_BLOCK, set()) for _ in range(4))
    assert all(signal.SIGINT in mask for mask in masks)
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, set())


def test_a_dask_cluster_says_the_same(tmp_path: Path) -> None:
    with (
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=None,
            host="127.0.0.1",
            local_directory=str(tmp_path),
        ) as cluster,
        synthetic(tmp_path, KIND, 20_000, Sizes(10, 900)) as prepared,
        on_dask(cluster.scheduler_address),
    ):
        assert told(sweep(prepared, TASKS, jobs=-1)) == by_hand(prepared)


def test_a_cluster_that_is_not_there_is_named() -> None:
    with (
        pytest.raises(SweepError, match=r"dask: no scheduler at tcp://127\.0\.0\.1:9 "),
        on_dask("tcp://127.0.0.1:9", timeout_s=0.3),
    ):
        pass


def test_joblibs_own_configuration_is_heeded(tmp_path: Path) -> None:
    with (
        synthetic(tmp_path, KIND, 20_000, Sizes(10, 900)) as prepared,
        joblib.parallel_config(backend="threading", n_jobs=2),
    ):
        assert told(sweep(prepared, TASKS)) == by_hand(prepared)


def test_what_a_rule_refuses_is_not_written(tmp_path: Path) -> None:
    requests = [(1, 10), (2, 60), (1, 10), (2, 60), (3, 20), (3, 20)]
    with laid(tmp_path, requests) as prepared:
        everything, small, again = sweep(
            prepared,
            [
                Task("lru", 100),
                Task("lru", 100, "size", admission_options={"max_bytes": 20}),
                Task("lru", 100, "second"),
            ],
        )
    assert (everything.misses, everything.written_bytes) == (3, 90)
    assert (small.admission, small.admission_options) == ("size", {"max_bytes": 20})
    assert (small.misses, small.written_bytes) == (4, 30)
    assert (again.admission, again.misses, again.written_bytes) == ("second", 6, 90)


def test_policies_that_know_the_future_are_told_it(tmp_path: Path) -> None:
    with synthetic(tmp_path, KIND, 20_000, Sizes()) as prepared:
        lru, belady, by_size = sweep(prepared, [Task(name, 200) for name in ("lru", "belady", "beladysize")])
        assert belady.misses < 0.8 * lru.misses
        assert by_size.misses == pytest.approx(belady.misses, rel=0.05), "all are of one size"


@pytest.mark.parametrize("warmup", [1, 3, 4])
def test_counting_begins_after_the_warm_up(tmp_path: Path, warmup: int) -> None:
    requests = [(1, 10), (2, 10), (1, 10), (3, 30), (4, 40)]
    misses = [True, True, False, True, True]
    with laid(tmp_path, requests) as prepared:
        (row,) = sweep(prepared, [Task("lru", 50)], warmup_requests=warmup)
        assert row.warmup_requests == warmup
        assert row.requests == 5 - warmup
        assert row.misses == sum(misses[warmup:])
        assert row.request_bytes == sum(size for _, size in requests[warmup:])
        assert row.miss_bytes == sum(
            size for (_, size), missed in zip(requests[warmup:], misses[warmup:], strict=True) if missed
        )
        assert row.evictions == 3
        assert row.written_bytes_per_s == (
            None if warmup == 4 else pytest.approx(row.written_bytes / (4 - warmup))
        )


def test_a_worker_that_cannot_see_the_trace_says_so(tmp_path: Path) -> None:
    with laid(tmp_path, [(1, 1)]) as prepared:
        pass
    with pytest.raises(SweepError, match="cannot see"):
        run(prepared, Task("lru", 1))
