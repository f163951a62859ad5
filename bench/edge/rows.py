"""What the edge's bench finds, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

from bench.edge.load import Sample


class Spread(NamedTuple):
    """The median of the rounds, the least and the most."""

    median: float
    least: float
    most: float


class Turn(NamedTuple):
    """A server's turn in a round."""

    sample: Sample
    busy: float | None
    """Share of its core that the server used; None where the system doesn't tell."""

    @property
    def requests_per_cpu_s(self) -> float | None:
        """What a second of the server's own time on its core did, whoever else was on it."""
        return self.sample.requests_per_s / self.busy if self.busy else None


class EdgeRow(NamedTuple):
    """A server in a case, at a size. Errors are those of all rounds, the other figures medians."""

    case: str
    size_bytes: int
    server: str
    requests_per_s: float
    bytes_per_s: float
    """As they came from the network, heads included."""
    p99_ms: float
    errors: int
    busy: float | None
    requests_per_cpu_s: float | None
    ratio: Spread | None
    """Our requests/s by this server's in the same round; None where that says nothing, as at a given rate."""
    cpu_ratio: Spread | None
    """The same of requests per second of the server's own time on its core."""

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``; each ratio is a dict of its own."""
        spreads = {
            name: value._asdict() for name, value in self._asdict().items() if isinstance(value, Spread)
        }
        return {**self._asdict(), **spreads}


def rows_of(
    case: str, size_bytes: int, turns: Mapping[str, Sequence[Turn]], ours: str, rated: bool
) -> list[EdgeRow]:
    """A row for each server that had all its turns. ``rated`` says that the load came at a given rate."""
    rows = []
    for server, took in turns.items():
        mine = () if rated or server == ours else turns.get(ours, ())
        rows.append(
            EdgeRow(
                case,
                size_bytes,
                server,
                requests_per_s=median(turn.sample.requests_per_s for turn in took),
                bytes_per_s=median(turn.sample.bytes_per_s for turn in took),
                p99_ms=median(turn.sample.p99_ms for turn in took),
                errors=sum(turn.sample.errors for turn in took),
                busy=_median(turn.busy for turn in took),
                requests_per_cpu_s=_median(turn.requests_per_cpu_s for turn in took),
                ratio=_spread(
                    (my.sample.requests_per_s, its.sample.requests_per_s)
                    for my, its in zip(mine, took, strict=False)
                ),
                cpu_ratio=_spread(
                    (my.requests_per_cpu_s, its.requests_per_cpu_s)
                    for my, its in zip(mine, took, strict=False)
                ),
            )
        )
    return rows


def _median(figures: Iterable[float | None]) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return median(known) if known else None


def _spread(pairs: Iterable[tuple[float | None, float | None]]) -> Spread | None:
    """Of the first by the second, pair by pair."""
    ratios = [mine / its for mine, its in pairs if mine and its]
    return Spread(median(ratios), min(ratios), max(ratios)) if ratios else None
