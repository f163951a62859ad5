"""What the edge is meant to reach, and whether it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from bench.edge.cases import CASES, KIB
from bench.edge.rows import EdgeRow
from bench.edge.servers import OURS

STEADY_P99_MS: Final = 10.0
_OF_THE_RATE: Final = 0.99


class Goal(NamedTuple):
    """At least ``ratio`` of a peer's requests/s, in a case and at a size (None: at each)."""

    case: str
    size_bytes: int | None
    peer: str
    ratio: float


GOALS: Final = (
    Goal("hit", KIB, "nginx", 1.3),
    Goal("hit", KIB, "varnish", 1.3),
    Goal("hit", 64 * KIB, "nginx", 1.1),
    Goal("hit", 64 * KIB, "varnish", 1.1),
    Goal("hit", 1024 * KIB, "varnish", 1.0),
    Goal("hit", 1024 * KIB, "nginx", 2.0),
    Goal("hit", 4096 * KIB, "varnish", 1.0),
    Goal("hit", 4096 * KIB, "nginx", 2.0),
    Goal("tls", None, "nginx", 1.1),
    Goal("disk", None, "nginx", 1.0),
    Goal("miss", None, "nginx", 0.5),
)


def verdicts(rows: Sequence[EdgeRow]) -> Iterator[tuple[bool, str]]:
    """For each goal that was measured, whether it is reached, and a line that says so."""
    for goal in GOALS:
        for row in rows:
            wanted = row.size_bytes if goal.size_bytes is None else goal.size_bytes
            if (row.case, row.size_bytes, row.server) == (goal.case, wanted, goal.peer) and row.ratio:
                reached = row.ratio.median >= goal.ratio
                what = f"{goal.case} {row.size_bytes:,} bytes: {row.ratio.median:.2f} of {goal.peer}"
                by_cpu = "" if row.cpu_ratio is None else f" ({row.cpu_ratio.median:.2f} by CPU time)"
                yield reached, f"{what}{by_cpu}, goal {goal.ratio}: {_said(reached)}"
    for row in rows:
        rate = CASES[row.case].rate
        if rate is not None and row.server == OURS:
            in_time = row.p99_ms < STEADY_P99_MS and row.requests_per_s >= rate * _OF_THE_RATE
            reached = in_time and row.errors == 0
            what = f"{row.case}: {row.requests_per_s:,.0f} of {rate:,} requests/s, {row.errors} errors"
            yield reached, f"{what}, p99 {row.p99_ms:.1f} ms, goal {STEADY_P99_MS:g} ms: {_said(reached)}"


def _said(reached: bool) -> str:
    return "reached" if reached else "not reached"
