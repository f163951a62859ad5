"""What the index's bench finds, row by row; ``as_dict`` is what ``--json`` writes."""

from __future__ import annotations

from typing import Any, NamedTuple


class LookupRow(NamedTuple):
    """Hits decided with so many objects in the index."""

    policy: str
    objects: int
    order: str
    """In which they are asked for: ``random`` or ``zipf``."""
    lookups_per_s: float


class PauseRow(NamedTuple):
    """How long the process stands still while the garbage of all generations is collected."""

    policy: str
    objects: int
    ms: float
    """The median of some collections."""


class PartRow(NamedTuple):
    """Memory of a part of the index."""

    policy: str
    objects: int
    part: str
    bytes_per_object: float


class MemoryRow(NamedTuple):
    """By how much the process grew while the index was filled, bodies apart."""

    policy: str
    objects: int
    bytes_per_object: float
    fills_per_s: float
    """Responses turned into entries and stored, by the process's own time."""


class LiveRow(NamedTuple):
    """Hits of 1 KiB through a real edge over HTTP."""

    policy: str
    objects: int
    order: str
    hits_per_s: float
    hits_per_cpu_s: float | None
    """By the time that the edge really had on its core."""
    p99_ms: float
    errors: int
    resident_bytes: int | None
    """Of the edge, bodies of 1 KiB included; None where nobody tells."""


Row = LookupRow | PauseRow | PartRow | MemoryRow | LiveRow

_KINDS = {
    LookupRow: "lookup",
    PauseRow: "pause",
    PartRow: "part",
    MemoryRow: "memory",
    LiveRow: "live",
}


def as_dict(row: Row) -> dict[str, Any]:
    """A row with its ``kind`` beside its figures."""
    return {"kind": _KINDS[type(row)], **row._asdict()}
