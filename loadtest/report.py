"""What a load test found: Locust's rows, and the report made of them.

Locust keeps one row for each kind of object (type GET) and five for the viewers (type "QoE": see ``QoeRow``).
Rows carry histograms, not percentiles, so those of several processes can be added up. Pure; the Locust
process sends rows, ``run.py`` makes the report.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

QOE = "QoE"


class QoeRow(StrEnum):
    """Locust entries of type QoE; their "response time" is not that of a request."""

    SESSION = "session"
    """One for each viewing, its length in ms; a failure when it ended for want of an object."""
    STARTUP = "startup"
    """From the request to play to the first picture, in ms; for viewings that got so far."""
    PLAYED = "played"
    """Time for which the picture moved, in ms."""
    STALLED = "stalled"
    """Time for which it stood still after the start, in ms."""
    REBUFFER = "rebuffer"
    """stalled / (played + stalled) of a viewing, in permille."""


class Row(NamedTuple):
    """One Locust entry. ``times`` counts response times, which Locust rounds to two digits above 100."""

    type: str
    name: str
    requests: int
    failures: int
    bytes: int
    total_ms: float
    times: dict[int, int]

    @classmethod
    def from_fields(cls, fields: Sequence[Any]) -> "Row":
        """From its JSON form, whose keys are text."""
        row = cls(*fields)
        return row._replace(times={int(time_ms): count for time_ms, count in row.times.items()})


@dataclass(frozen=True, slots=True)
class KindRow:
    """The requests for one kind of object."""

    kind: str
    requests: int
    errors: int
    bytes: int
    p50_ms: int
    p99_ms: int


@dataclass(frozen=True, slots=True)
class LoadtestReport:
    """The figures of a load test; percentiles are of Locust's rounded histogram."""

    seed: int
    users: int
    seconds: float
    """From the start of the first viewer to the end of the last, as measured."""
    requests: int
    errors: int
    """Requests that failed, those that another edge made good included."""
    requests_per_s: float
    bytes: int
    """Bodies as received."""
    p50_ms: int
    p99_ms: int
    sessions: int
    sessions_failed: int
    """Viewings that ended for want of an object."""
    startup_p50_ms: int
    startup_p95_ms: int
    played_ms: int
    stalled_ms: int
    rebuffer_ratio: float
    """stalled / (played + stalled), over all viewings; 0 when nothing played."""
    kinds: tuple[KindRow, ...]
    problems: tuple[str, ...]
    """What failed and how often, the most frequent first."""


class Progress(NamedTuple):
    """How a running load test stands."""

    seconds: float
    users: int
    requests: int
    errors: int
    bytes: int


def percentile(times: dict[int, int], share: float) -> int:
    """The smallest time that at least ``share`` of the samples don't exceed; 0 without samples."""
    due = share * sum(times.values())
    seen = 0
    for time_ms in sorted(times):
        seen += times[time_ms]
        if seen >= due:
            return time_ms
    return 0


def make_report(
    rows: Iterable[Row], problems: Sequence[str], *, seed: int, users: int, seconds: float
) -> LoadtestReport:
    """Split the rows into requests and viewings, and add them up."""
    every = list(rows)
    http = [row for row in every if row.type != QOE]
    qoe = {row.name: row for row in every if row.type == QOE}
    session, startup, played, stalled = (
        qoe.get(name, Row(QOE, name, 0, 0, 0, 0, {}))
        for name in (QoeRow.SESSION, QoeRow.STARTUP, QoeRow.PLAYED, QoeRow.STALLED)
    )
    times: Counter[int] = Counter()
    for row in http:
        times.update(row.times)
    requests = sum(row.requests for row in http)
    watched_ms = played.total_ms + stalled.total_ms
    return LoadtestReport(
        seed=seed,
        users=users,
        seconds=seconds,
        requests=requests,
        errors=sum(row.failures for row in http),
        requests_per_s=requests / seconds if seconds else 0.0,
        bytes=sum(row.bytes for row in http),
        p50_ms=percentile(times, 0.5),
        p99_ms=percentile(times, 0.99),
        sessions=session.requests,
        sessions_failed=session.failures,
        startup_p50_ms=percentile(startup.times, 0.5),
        startup_p95_ms=percentile(startup.times, 0.95),
        played_ms=round(played.total_ms),
        stalled_ms=round(stalled.total_ms),
        rebuffer_ratio=stalled.total_ms / watched_ms if watched_ms else 0.0,
        kinds=tuple(_kind(row) for row in http),
        problems=tuple(problems),
    )


def _kind(row: Row) -> KindRow:
    return KindRow(
        row.name,
        row.requests,
        row.failures,
        row.bytes,
        percentile(row.times, 0.5),
        percentile(row.times, 0.99),
    )
