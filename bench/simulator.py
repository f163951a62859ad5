"""Our replay and libCacheSim's wheel, in turn on one trace in one run; then our live forms and a hit's price.

Each round of a policy replays ours and theirs, one after the other, and gives one ratio of rates; what is
told are medians. All on one core where the system can be told so. ``headwater bench simulator`` prints it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from bench import live, ours, peer
from bench.rows import EndToEndRow, HitRow, LiveRow, PolicyRow, Row, Side, TraceRow
from bench.settings import BenchSettings
from simulator.kernels.table import KERNELS
from simulator.synthetic import Sizes, Zipf, drawn
from simulator.traces import Format, Prepared, Trace, prepare
from simulator.traces.write import write_oracle

LIVE_REQUESTS: Final = 1_000_000
"""Of the trace, for the live forms."""
HIT_REPEATS: Final = 15
_REQUESTS_PER_S: Final = 100_000
"""By the trace's own clock."""

OnProgress = Callable[[float, str], None]
"""Called with the share that is done and what comes next."""


class BenchError(RuntimeError):
    """A side that gave no answer; the text is one line."""


def measure(settings: BenchSettings, on_progress: OnProgress) -> Iterator[Row]:
    """The rows, as they are found."""
    with pinned() as core, tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder:
        path = Path(folder, "trace.oracleGeneral")
        on_progress(0, "drawing the trace")
        trace = drawn(
            Zipf(settings.objects, settings.alpha),
            Sizes(1, settings.largest_bytes),
            settings.requests,
            seed=settings.seed,
        )
        write_oracle(path, trace, settings.requests, settings.objects, _REQUESTS_PER_S)
        on_progress(0, "loading the trace")
        began = time.perf_counter()
        with prepare(Trace(path, Format.ORACLE), Path(folder)) as prepared:
            loading_s = time.perf_counter() - began
            yield (row := _trace_row(settings, prepared, loading_s, _look_ahead_s(settings, prepared), core))
            yield from _policies(settings, path, prepared, row, on_progress)
            yield from _live(settings, prepared, row.capacity_bytes)
        on_progress(0.95, "end to end")
        yield from _end_to_end(settings, path, row.capacity_bytes)
    on_progress(1, "")


@contextmanager
def pinned() -> Iterator[int | None]:
    """Keep this thread, and what it starts, on one core; None where the system can't be told so."""
    if not hasattr(os, "sched_setaffinity"):
        yield None
        return
    allowed = os.sched_getaffinity(0)
    core = max(allowed)
    os.sched_setaffinity(0, {core})
    try:
        yield core
    finally:
        os.sched_setaffinity(0, allowed)


def _look_ahead_s(settings: BenchSettings, prepared: Prepared) -> float | None:
    """What some policies need besides; theirs finds it in the file."""
    if not any(KERNELS[policy].future for policy in settings.policies):
        return None
    began = time.perf_counter()
    prepared.look_ahead()
    return time.perf_counter() - began


def _trace_row(
    settings: BenchSettings,
    prepared: Prepared,
    loading_s: float,
    look_ahead_s: float | None,
    core: int | None,
) -> TraceRow:
    summary = prepared.summary
    return TraceRow(
        requests=summary.requests,
        objects=summary.objects,
        alpha=settings.alpha,
        seed=settings.seed,
        request_bytes=summary.request_bytes,
        unique_bytes=summary.unique_bytes,
        capacity_bytes=max(1, int(summary.unique_bytes * settings.capacity_share)),
        loading_s=loading_s,
        look_ahead_s=look_ahead_s,
        core=core,
        peer=peer.installed(),
    )


def _policies(
    settings: BenchSettings, path: Path, prepared: Prepared, trace: TraceRow, on_progress: OnProgress
) -> Iterator[PolicyRow]:
    for done, policy in enumerate(settings.policies):
        compiled = ours.compile_policy(policy)
        mine, theirs = [], []
        for turn in range(settings.rounds):
            share = (done + turn / settings.rounds) / len(settings.policies) * 0.9
            on_progress(share, f"{policy}, round {turn + 1} of {settings.rounds}")
            mine.append(ours.replay(prepared, policy, trace.capacity_bytes))
            if _has_peer(policy):
                theirs.append(peer.answer(path, policy, trace.capacity_bytes))
        yield _policy_row(policy, trace, compiled, mine, theirs)


def _has_peer(policy: str) -> bool:
    return peer.installed() is not None and policy in peer.CLASSES


def _policy_row(
    policy: str,
    trace: TraceRow,
    compiled: ours.Compiled,
    mine: list[peer.Answer],
    theirs: list[peer.Answer],
) -> PolicyRow:
    ratios = [their.seconds / my.seconds for my, their in zip(mine, theirs, strict=False)]
    return PolicyRow(
        policy=policy,
        ours=_side(trace, mine),
        theirs=_side(trace, theirs) if theirs else None,
        ratio=median(ratios) if ratios else None,
        least_ratio=min(ratios, default=None),
        most_ratio=max(ratios, default=None),
        compilation_s=compiled.seconds,
        compiled_before=compiled.from_disk,
    )


def _side(trace: TraceRow, answers: list[peer.Answer]) -> Side:
    """The wheel tells ratios; the trace's sums make whole requests and bytes of them again."""
    misses = round(answers[0].miss_ratio * trace.requests)
    miss_bytes = round(answers[0].byte_miss_ratio * trace.request_bytes)
    return Side(
        misses=misses,
        miss_bytes=miss_bytes,
        miss_ratio=misses / trace.requests,
        byte_miss_ratio=miss_bytes / trace.request_bytes,
        requests_per_s=trace.requests / median(each.seconds for each in answers),
    )


def _end_to_end(settings: BenchSettings, path: Path, capacity_bytes: int) -> Iterator[EndToEndRow]:
    """Each side from the file to the answer, in turn; once more where the machine code has to be made."""
    policy = "lru" if "lru" in settings.policies else settings.policies[0]
    sides = ["ours", "theirs"] if _has_peer(policy) else ["ours"]
    took_s: dict[str, list[float]] = {side: [] for side in sides}
    for side in sides * settings.rounds:
        took_s[side].append(answer_s(side, path, policy, capacity_bytes))
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as cold:
        took_s["ours, compiling"] = [answer_s("ours", path, policy, capacity_bytes, NUMBA_CACHE_DIR=cold)]
    for side, seconds in took_s.items():
        yield EndToEndRow(side, policy, median(seconds), settings.requests / median(seconds))


def answer_s(side: str, path: Path, policy: str, capacity_bytes: int, **environment: str) -> float:
    """Seconds of a process that gives one answer. Raises BenchError with its last words when it doesn't."""
    command = [sys.executable, "-m", "bench.answer", side, str(path), policy, str(capacity_bytes)]
    began = time.perf_counter()
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    took_s = time.perf_counter() - began
    if done.returncode != 0:
        complaint = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise BenchError(f"{side}, {policy}: {complaint[-1]}")
    return took_s


def _live(settings: BenchSettings, prepared: Prepared, capacity_bytes: int) -> Iterator[LiveRow | HitRow]:
    ids, sizes = prepared.ids[:LIVE_REQUESTS].tolist(), prepared.sizes[:LIVE_REQUESTS].tolist()
    for policy in ("lru", "sieve"):
        rates = [live.requests_per_s(policy, ids, sizes, capacity_bytes) for _ in range(settings.rounds)]
        yield LiveRow(policy, len(ids), max(rates))
    for asked, ns in live.hit_ns(HIT_REPEATS).items():
        yield HitRow(asked, ns)
