"""What the simulator's bench finds, row by row; ``as_dict`` is what ``--json`` writes."""

from __future__ import annotations

from typing import Any, NamedTuple


class TraceRow(NamedTuple):
    """The trace, and what it took to make it ready for our replays."""

    requests: int
    objects: int
    alpha: float
    seed: int
    request_bytes: int
    unique_bytes: int
    capacity_bytes: int
    loading_s: float
    look_ahead_s: float | None
    """To find each object's next request; None unless a policy wants to know."""
    core: int | None
    """The one that all ran on, or None where the system chose."""
    peer: str | None
    """The wheel's version, or None when it is not installed."""


class Side(NamedTuple):
    """A policy in one of the simulators."""

    misses: int
    miss_bytes: int
    miss_ratio: float
    byte_miss_ratio: float
    requests_per_s: float
    """The median of the rounds; loading and compilation apart."""


class PolicyRow(NamedTuple):
    """A policy in both simulators; what needs theirs is None when the wheel has no such policy."""

    policy: str
    ours: Side
    theirs: Side | None
    ratio: float | None
    """Our rate by theirs in one round: the median, the least and the most of the rounds."""
    least_ratio: float | None
    most_ratio: float | None
    compilation_s: float
    compiled_before: bool
    """Whether the machine code was on disk, so that it was loaded and not made."""


class EndToEndRow(NamedTuple):
    """One answer from the file by a process of its own: imports, reading, numbering, compilation, replay."""

    side: str
    policy: str
    seconds: float
    requests_per_s: float


class LiveRow(NamedTuple):
    """A live, uncompiled policy: the best of the rounds, by the process's own time."""

    policy: str
    requests: int
    requests_per_s: float


class HitRow(NamedTuple):
    """The price of a hit: the best of some repeats."""

    asked: str
    ns: float


Row = TraceRow | PolicyRow | EndToEndRow | LiveRow | HitRow

_KINDS = {
    TraceRow: "trace",
    PolicyRow: "policy",
    EndToEndRow: "end_to_end",
    LiveRow: "live",
    HitRow: "hit",
}


def as_dict(row: Row) -> dict[str, Any]:
    """A row with its ``kind`` beside its figures; each side of a policy is a dict of its own."""
    sides = {name: value._asdict() for name, value in row._asdict().items() if isinstance(value, Side)}
    return {"kind": _KINDS[type(row)], **row._asdict(), **sides}
