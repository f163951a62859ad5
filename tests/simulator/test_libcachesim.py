"""As right as libCacheSim: the same misses, to the last request, or a reason and how far off at most."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from simulator.kernels.frame import Chunk, Run
from simulator.kernels.gate import guarded
from simulator.kernels.table import KERNELS
from simulator.synthetic import Drawn, Kind, Scans, Sizes, Zipf, drawn
from simulator.traces.write import write_oracle

libcachesim = pytest.importorskip("libcachesim", reason="needs the wheel of libCacheSim to compare with")

REQUESTS = 100_000
OBJECTS = 20_000
SHARES = (0.001, 0.01, 0.1, 0.4)
"""Capacities, in parts of the bytes of all objects."""

TRACES: dict[str, tuple[Kind, Sizes]] = {
    "zipf": (Zipf(OBJECTS, 1.0), Sizes()),
    "sizes": (Zipf(OBJECTS, 0.8), Sizes(10, 4_000_000)),
    "scans": (Scans(Zipf(OBJECTS // 4, 0.9), between=2000, length=1000, scanned=OBJECTS), Sizes(1, 9)),
}


class Peer(NamedTuple):
    """What the wheel calls a policy, and how far both may be apart."""

    name: str
    points: float = 0.0
    """Most difference of the miss ratios, by requests and bytes, in percentage points; 0 is to the last."""
    reason: str = ""
    shares: tuple[float, ...] = SHARES


PEERS: dict[str, Peer] = {
    "fifo": Peer("FIFO"),
    "lru": Peer("LRU"),
    "clock": Peer("Clock"),
    "sieve": Peer("Sieve"),
    "lfu": Peer("LFU"),
    "slru": Peer("SLRU", 0.03, "what a hit pushes out of the lowest segment goes at the next admission"),
    "twoq": Peer("TwoQ"),
    "arc": Peer("ARC"),
    "lirs": Peer("LIRS", 0.25, "a hit on an HIR key off the stack demotes nobody, as in the paper"),
    # At one object in a thousand the wheel does not come to an end: it counts up to an age that doubles.
    "lfuda": Peer("LFUDA", shares=(0.02, 0.05, 0.1, 0.4)),
    "gdsf": Peer("GDSF"),
    # At fewer than 20 units the wheel admits nothing, for its small queue then has room for less than two.
    "s3fifo": Peer("S3FIFO", shares=(0.005, 0.01, 0.1, 0.4)),
    # Nor does it at fewer than 100; at few more it depends on what happens to collide in few counters.
    "wtinylfu": Peer(
        "WTinyLFU", 0.2, "which keys share a counter is left to chance", shares=(0.02, 0.05, 0.1, 0.4)
    ),
    "belady": Peer("Belady"),
    # It draws until it recurs too deep where few objects are held.
    "beladysize": Peer(
        "BeladySize", 0.29, "what it looks at is drawn at random", shares=(0.1, 0.2, 0.3, 0.4)
    ),
}


class Written(NamedTuple):
    """A trace in both forms."""

    path: Path
    chunk: Chunk
    unique_bytes: int
    request_bytes: int


@pytest.fixture(scope="module", params=TRACES)
def trace(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    kind, sizes = TRACES[request.param]
    path = tmp_path_factory.mktemp("traces") / f"{request.param}.oracleGeneral"
    parts = list(drawn(kind, sizes, REQUESTS, seed=11))
    write_oracle(path, parts, REQUESTS, kind.universe(REQUESTS), rate_per_s=1000)
    yield written(path, parts)
    path.unlink()


def written(path: Path, parts: list[Drawn]) -> Written:
    given, sizes = (np.concatenate(column) for column in zip(*parts, strict=True))
    _, firsts, ids = np.unique(given, return_index=True, return_inverse=True)
    nexts = np.fromfile(path, np.uint8).reshape(-1, 24)[:, 16:].copy().view(np.int64).ravel()
    nexts[nexts < 0] = np.iinfo(np.int64).max
    chunk = Chunk(ids.astype(np.uint32), sizes, nexts, len(firsts))
    return Written(path, chunk, int(sizes[firsts].sum(dtype=np.int64)), int(sizes.sum(dtype=np.int64)))


def theirs(trace: Written, name: str, capacity_bytes: int, rule: Any = None) -> tuple[int, int]:
    """Misses and missed bytes of the wheel, which says ratios."""
    cache: Any = getattr(libcachesim, name)(capacity_bytes, hashpower=16, admissioner=rule)
    reader = libcachesim.TraceReader(str(trace.path), libcachesim.TraceType.ORACLE_GENERAL_TRACE)
    miss_ratio, byte_miss_ratio = cache.process_trace(reader)
    return round(miss_ratio * len(trace.chunk.ids)), round(byte_miss_ratio * trace.request_bytes)


def ours(trace: Written, policy: str, capacity_bytes: int) -> tuple[int, int]:
    return missed(Run(KERNELS[policy], capacity_bytes), trace)


def missed(run: Run, trace: Written) -> tuple[int, int]:
    run.feed(trace.chunk)
    counts = run.counts()
    return counts.misses, counts.miss_bytes


@pytest.mark.parametrize(
    ("policy", "share"), [(policy, share) for policy, peer in PEERS.items() for share in peer.shares]
)
def test_the_misses_are_those_of_libcachesim(trace: Written, policy: str, share: float) -> None:
    peer, capacity_bytes = PEERS[policy], int(trace.unique_bytes * share)
    seen, expected = ours(trace, policy, capacity_bytes), theirs(trace, peer.name, capacity_bytes)
    if peer.points == 0:
        assert seen == expected
    totals = (len(trace.chunk.ids), trace.request_bytes)
    apart = [100 * abs(a - b) / total for a, b, total in zip(seen, expected, totals, strict=True)]
    assert max(apart) <= peer.points, peer.reason


@pytest.mark.parametrize("policy", ["fifo", "lru", "clock", "sieve", "lfu"])
def test_objects_larger_than_the_cache_are_missed_alike(trace: Written, policy: str) -> None:
    capacity_bytes = max(1, int(trace.chunk.sizes.max()) // 2)
    assert ours(trace, policy, capacity_bytes) == theirs(trace, PEERS[policy].name, capacity_bytes)


@pytest.mark.parametrize("policy", ["lru", "sieve", "s3fifo"])
def test_a_limit_of_size_is_that_of_libcachesim(trace: Written, policy: str) -> None:
    capacity_bytes, most = trace.unique_bytes // 10, max(1, int(np.median(trace.chunk.sizes)))
    run = guarded(KERNELS[policy], capacity_bytes, "size", {"max_bytes": most})
    rule = libcachesim.SizeAdmissioner(most + 1)  # which admits what is smaller
    assert missed(run, trace) == theirs(trace, PEERS[policy].name, capacity_bytes, rule)


@pytest.mark.parametrize("policy", ["lru", "sieve", "gdsf"])
def test_second_requests_are_those_of_libcachesim(trace: Written, policy: str) -> None:
    """Whose filter is an exact set; ours, with room for so many more keys, is as good as one."""
    capacity_bytes = trace.unique_bytes // 10
    run = guarded(KERNELS[policy], capacity_bytes, "second", {"keys": 1_000_000})
    rule = libcachesim.BloomFilterAdmissioner()
    assert missed(run, trace) == theirs(trace, PEERS[policy].name, capacity_bytes, rule)


def test_adaptsize_is_about_as_good_as_that_of_libcachesim(trace: Written) -> None:
    """Its dice, and when it first tunes itself, are its own, so the misses cannot be the same."""
    capacity_bytes = trace.unique_bytes // 50
    run = guarded(KERNELS["lru"], capacity_bytes, "adaptsize", {})
    seen, _ = missed(run, trace)
    expected, _ = theirs(trace, "LRU", capacity_bytes, libcachesim.AdaptSizeAdmissioner())
    assert 100 * (seen - expected) / len(trace.chunk.ids) < 3


def test_whoever_is_not_equal_has_a_reason() -> None:
    assert all(0 < peer.points < 0.3 for peer in PEERS.values() if peer.reason)
    assert all(peer.reason for peer in PEERS.values() if peer.points)
