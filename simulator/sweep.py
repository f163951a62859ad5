"""Many policies times many capacities over one prepared trace, through joblib.

Without more words the work goes to processes of this machine, which map the same files. Whoever has a
cluster calls ``sweep`` within joblib's ``parallel_config``, with Ray for instance, or within ``on_dask``; all
workers must see the folder in which the trace was prepared.
"""

from __future__ import annotations

import multiprocessing.resource_tracker
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import joblib
import numpy as np
from joblib.externals import loky

from caching.admission import ADMISSIONS
from caching.options import check_options, options_of
from caching.policies import POLICIES, make_policy
from simulator.kernels.frame import Chunk, Counts, Run
from simulator.kernels.gate import guarded
from simulator.kernels.table import KERNELS
from simulator.mrc import OnRequests
from simulator.traces import Prepared
from simulator.traces.requests import I64

_LOOK_S: Final = 0.2
_DONE: Final = "done"
"""The file, beside the trace, in which the workers write how many requests each has replayed."""
_ONE: Final = np.ones(1, np.uint32)


NO_RULE: Final = "all"
"""The admission of everything that fits."""


class SweepError(RuntimeError):
    """A sweep that could not be done where it was to be done; the text is one line."""


@dataclass(frozen=True, slots=True)
class Task:
    """One policy with one capacity, behind one rule of admission."""

    policy: str
    capacity_bytes: int
    admission: str = NO_RULE
    options: Mapping[str, object] = field(default_factory=dict)
    """The policy's own."""
    admission_options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """What came of a task. Counts are of the requests after the warm-up, sums are in bytes."""

    policy: str
    admission: str
    capacity_bytes: int
    requests: int
    misses: int
    request_bytes: int
    miss_bytes: int
    requests_per_s: float
    """Replayed, the warm-up included and compilation not."""
    miss_ratio: float
    byte_miss_ratio: float
    evictions: int
    evicted_bytes: int
    written_bytes: int
    """Of the objects admitted: what the cache had to write."""
    written_bytes_per_s: float | None
    """By the trace's own clock; None when it has none."""
    one_hit_wonder_share: float
    """The share of the trace's objects that are asked for once."""
    warmup_requests: int
    """Replayed before counting began."""
    options: Mapping[str, object]
    admission_options: Mapping[str, object]


def sweep(
    prepared: Prepared,
    tasks: Sequence[Task],
    *,
    warmup_requests: int = 0,
    jobs: int | None = None,
    on_requests: OnRequests = lambda done: None,
) -> list[Row]:
    """A row for each task, in their order. ``jobs`` is as joblib knows it.

    ``on_requests`` is called now and then with how many requests all tasks together have replayed.

    Raises ValueError for a task that ``check`` refuses, and SweepError when a worker is lost.
    """
    for task in tasks:
        check(task)
    if any(KERNELS[task.policy].future for task in tasks):
        prepared.look_ahead()
    if jobs is not None:
        jobs = min(joblib.effective_n_jobs(jobs), len(tasks))
        _start_workers(jobs)
    done = np.memmap(prepared.folder / _DONE, np.int64, "w+", shape=(len(tasks),))
    with _watching(done, on_requests):
        try:
            return list(
                joblib.Parallel(n_jobs=jobs)(
                    joblib.delayed(run)(prepared, task, warmup_requests, number)
                    for number, task in enumerate(tasks)
                )
            )
        except loky.process_executor.TerminatedWorkerError:
            raise SweepError("a worker was killed, most likely for want of memory: try fewer jobs") from None


def _start_workers(jobs: int) -> None:
    """Let processes begin deaf to Ctrl-C, which all of a group get: this one ends in order, and ends them."""
    # Beginning one of these unblocks the signal, so they must be there before.
    multiprocessing.resource_tracker.ensure_running()
    loky.backend.resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        joblib.Parallel(n_jobs=jobs)(joblib.delayed(os.getpid)() for _ in range(jobs))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def check(task: Task) -> None:
    """Raises ValueError naming the policies, options or rules of admission that there are."""
    if task.policy not in KERNELS:
        raise ValueError(f"policy: {task.policy!r} is not one of {', '.join(sorted(KERNELS))}")
    if task.admission not in {NO_RULE, *ADMISSIONS}:
        rules = ", ".join([NO_RULE, *sorted(ADMISSIONS)])
        raise ValueError(f"admission: {task.admission!r} is not one of {rules}")
    if task.policy in POLICIES:
        make_policy(task.policy, task.capacity_bytes, **task.options)
    else:
        known = options_of(KERNELS[task.policy].begin, 2)
        check_options(f"the policy {task.policy!r}", known, task.options)
    begun(task)


def begun(task: Task) -> Run:
    """The task's cache, empty. Raises ValueError for what the policy or the rule does not take."""
    kernel = KERNELS[task.policy]
    if task.admission != NO_RULE:
        return guarded(kernel, task.capacity_bytes, task.admission, task.admission_options, **task.options)
    if task.admission_options:
        raise ValueError(f"{next(iter(task.admission_options))}: the rule {NO_RULE!r} has no options")
    return Run(kernel, task.capacity_bytes, **task.options)


@contextmanager
def on_dask(address: str, timeout_s: float = 10) -> Iterator[None]:
    """Let sweeps run on a Dask cluster. Raises SweepError when it is not there."""
    try:
        from distributed import Client  # noqa: PLC0415 - nobody else needs it
    except ImportError:
        raise SweepError("dask: needs the package distributed, which is not installed") from None
    try:
        client = Client(address, timeout=timeout_s, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise SweepError(f"dask: no scheduler at {address} ({str(error).splitlines()[0]})") from None
    with client, joblib.parallel_config(backend="dask", client=client, n_jobs=-1):
        yield


@contextmanager
def _watching(done: I64, on_requests: OnRequests) -> Iterator[None]:
    """Tell the sum of what the workers write into a shared file, until the block ends."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_S):
            on_requests(int(done.sum()))

    thread = threading.Thread(target=watch, name="sweep-progress")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    on_requests(int(done.sum()))


def run(prepared: Prepared, task: Task, warmup_requests: int = 0, number: int | None = None) -> Row:
    """One task, in whatever process; ``number`` is its place in the file that says how far all are."""
    if not prepared.folder.exists():
        raise SweepError(
            f"{os.uname().nodename}: cannot see {prepared.folder}; prepare where all workers can"
        )
    kernel = KERNELS[task.policy]
    begun(task).feed(Chunk(_ONE, _ONE, np.zeros(int(kernel.future), np.int64), 2))
    done = np.memmap(prepared.folder / _DONE, np.int64, "r+") if number is not None else np.zeros(1, np.int64)
    work = begun(task)
    began = time.perf_counter()
    before = work.counts()
    for chunk, position in _cut(prepared.chunks(future=kernel.future), warmup_requests):
        work.feed(chunk)
        done[number or 0] = position
        if position == warmup_requests:
            before = work.counts()
    return _row(prepared, task, warmup_requests, before, work.counts(), time.perf_counter() - began)


def _cut(chunks: Iterator[Chunk], at: int) -> Iterator[tuple[Chunk, int]]:
    """The chunks, one cut in two where a number of requests is over; each with the requests up to its end."""
    position = 0
    for chunk in chunks:
        length = len(chunk.ids)
        cuts = sorted({0, min(max(at - position, 0), length), length})
        for start, end in pairwise(cuts):
            part = slice(start, end)
            ids, sizes, nexts = chunk.ids[part], chunk.sizes[part], chunk.nexts[part]
            yield Chunk(ids, sizes, nexts, chunk.objects), position + end
        position += length


def _row(prepared: Prepared, task: Task, warmup: int, before: Counts, after: Counts, took_s: float) -> Row:
    summary = prepared.summary
    requests = summary.requests - warmup
    request_bytes = int(prepared.sizes[warmup:].sum(dtype=np.int64))
    misses, miss_bytes = after.misses - before.misses, after.miss_bytes - before.miss_bytes
    written_bytes = after.admitted_bytes - before.admitted_bytes
    covered_s = int(prepared.times_ms[-1] - prepared.times_ms[warmup]) / 1000
    return Row(
        policy=task.policy,
        admission=task.admission,
        capacity_bytes=task.capacity_bytes,
        requests=requests,
        misses=misses,
        request_bytes=request_bytes,
        miss_bytes=miss_bytes,
        requests_per_s=summary.requests / took_s,
        miss_ratio=misses / requests,
        byte_miss_ratio=miss_bytes / request_bytes,
        evictions=after.evictions - before.evictions,
        evicted_bytes=after.evicted_bytes - before.evicted_bytes,
        written_bytes=written_bytes,
        written_bytes_per_s=written_bytes / covered_s if covered_s > 0 else None,
        one_hit_wonder_share=summary.one_hit_wonder_share,
        warmup_requests=warmup,
        options=dict(task.options),
        admission_options=dict(task.admission_options),
    )
