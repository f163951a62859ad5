import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import peer
from bench.rows import EndToEndRow, HitRow, LiveRow, PolicyRow, Row, TraceRow
from bench.settings import BenchSettings
from bench.simulator import BenchError, answer_s, measure, pinned
from simulator.synthetic import Sizes, Zipf, drawn
from simulator.traces.write import write_oracle

pytest.importorskip("libcachesim", reason="the peer has no wheel for this system")
SMALL = BenchSettings(
    requests=20_000, objects=3000, largest_bytes=1000, rounds=2, policies=("lru", "sieve"), seed=7
)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    said: list[tuple[float, str]] = []
    found = list(measure(SMALL, lambda share, note: said.append((share, note))))
    shares = [share for share, _ in said]
    assert shares == sorted(shares) and shares[-1] == 1
    assert {"drawing the trace", "loading the trace", "lru, round 1 of 2", "end to end"} <= {
        n for _, n in said
    }
    return found


def test_the_trace_is_told_first(rows: list[Row]) -> None:
    trace, *others = rows
    assert isinstance(trace, TraceRow) and not any(isinstance(row, TraceRow) for row in others)
    assert (trace.requests, trace.seed, trace.peer) == (20_000, 7, peer.installed())
    assert 1000 < trace.objects <= 3000 and trace.capacity_bytes == trace.unique_bytes // 10
    assert trace.loading_s > 0


def test_both_sides_miss_the_same_requests_and_bytes(rows: list[Row]) -> None:
    policies = [row for row in rows if isinstance(row, PolicyRow)]
    assert [row.policy for row in policies] == ["lru", "sieve"]
    for row in policies:
        assert row.theirs is not None and row.ratio and row.least_ratio and row.most_ratio
        assert (row.ours.misses, row.ours.miss_bytes) == (row.theirs.misses, row.theirs.miss_bytes)
        assert 0.1 < row.ours.miss_ratio < 0.9 and row.ours.miss_ratio != row.ours.byte_miss_ratio
        assert row.least_ratio <= row.ratio <= row.most_ratio
        assert row.ours.requests_per_s > 0 and row.compilation_s > 0
    assert policies[0].ours.misses != policies[1].ours.misses


def test_each_side_answers_from_the_file(rows: list[Row]) -> None:
    ends = [row for row in rows if isinstance(row, EndToEndRow)]
    assert [(row.side, row.policy) for row in ends] == [
        ("ours", "lru"),
        ("theirs", "lru"),
        ("ours, compiling", "lru"),
    ]
    assert all(row.seconds > 0 for row in ends)


def test_machine_code_can_be_made_anew(tmp_path: Path) -> None:
    path, code = tmp_path / "trace.oracleGeneral", tmp_path / "code"
    write_oracle(path, drawn(Zipf(50), Sizes(), 100), 100, 50, 10)
    assert answer_s("ours", path, "fifo", 10, NUMBA_CACHE_DIR=str(code)) > 0
    assert list(code.rglob("*.nbc"))


def test_live_forms_and_hits_are_measured(rows: list[Row]) -> None:
    assert [row.policy for row in rows if isinstance(row, LiveRow)] == ["lru", "sieve"]
    assert len([row for row in rows if isinstance(row, HitRow)]) == 5


def test_without_the_peer_only_ours_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "installed", lambda: None)
    found: Iterator[Row] = measure(SMALL, lambda share, note: None)
    trace, lru = next(found), next(found)
    assert isinstance(trace, TraceRow) and trace.peer is None
    assert isinstance(lru, PolicyRow) and (lru.theirs, lru.ratio) == (None, None)
    found.close()  # type: ignore[attr-defined]


def test_a_side_that_gives_no_answer_is_named(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"theirs, lru: FileNotFoundError: .*none\.oracleGeneral"):
        answer_s("theirs", tmp_path / "none.oracleGeneral", "lru", 10)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system doesn't pin threads")
def test_one_core_is_used_meanwhile_and_all_afterwards() -> None:
    before = os.sched_getaffinity(0)
    with pinned() as core:
        assert os.sched_getaffinity(0) == {core} and core in before
    assert os.sched_getaffinity(0) == before
