"""What a run of kills came to, as text and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from statistics import mean, median
from typing import Any


@dataclass
class Life:
    """One life of the edge: from its start to its death."""

    start_ms: float
    """From its spawning until it listens."""
    found: int
    """Bodies that were on disk."""
    found_ms: float
    """How long it took to find them."""
    lost: int = 0
    """Of those that the life before had on disk, or on their way there, how many were not found."""
    probes: int = 0
    """Requests that the life before had answered last, made again without the origin."""
    hits_before: int = 0
    """How many of them were hits then."""
    served_after: int = 0
    """How many of them were served now."""
    requests: int = 0
    broken_off: int = 0
    """Answers that the kill cut short."""
    written: int = 0
    """Bodies that it wrote to disk."""
    wrong: list[str] = field(default_factory=list)
    """Answers with a wrong byte, status, version or range."""


@dataclass
class Report:
    seed: int
    kills: int = 0
    kills_at_start: int = 0
    """Of them, before it listened."""
    lives: list[Life] = field(default_factory=list)
    failures: dict[str, int] = field(default_factory=dict)
    """Bodies that could not be written, by why."""

    @property
    def wrong(self) -> list[str]:
        return [wrong for life in self.lives for wrong in life.wrong]

    def as_dict(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "kills": self.kills,
            "kills_at_start": self.kills_at_start,
            "requests": sum(life.requests for life in self.lives),
            "broken_off": sum(life.broken_off for life in self.lives),
            "wrong": self.wrong,
            "written": sum(life.written for life in self.lives),
            "lost_mean": mean(life.lost for life in self.lives[1:]) if len(self.lives) > 1 else 0.0,
            "lost_most": max((life.lost for life in self.lives[1:]), default=0),
            "start_ms": median(life.start_ms for life in self.lives),
            "start_most_ms": max(life.start_ms for life in self.lives),
            "found": median(life.found for life in self.lives[1:]) if len(self.lives) > 1 else 0,
            "found_ms": median(life.found_ms for life in self.lives),
            "hit_ratio_before": self._ratio("hits_before"),
            "served_ratio_after": self._ratio("served_after"),
            "write_failures": self.failures,
            "lives": [asdict(life) for life in self.lives],
        }

    def _ratio(self, name: str) -> float | None:
        probes = sum(life.probes for life in self.lives)
        return sum(getattr(life, name) for life in self.lives) / probes if probes else None

    def __str__(self) -> str:
        told = self.as_dict()
        before, after = told["hit_ratio_before"], told["served_ratio_after"]
        lines = [
            f"seed {self.seed}: {self.kills} kills, {self.kills_at_start} of them before it listened",
            f"requests            {told['requests']}, {told['broken_off']} cut short by a kill",
            f"wrong answers       {len(self.wrong)}",
            f"written to disk     {told['written']} bodies",
            f"lost per kill       {told['lost_mean']:.2f} of {told['found']:.0f} on disk,"
            f" at most {told['lost_most']}",
            f"start               {told['start_ms']:.0f} ms, at most {told['start_most_ms']:.0f} ms;"
            f" {told['found_ms']:.1f} ms of it for what is on disk",
        ]
        if before is not None and after is not None:
            lines.append(
                f"hits before a kill  {before:.1%}; of the same requests, after it and without the origin,"
            )
            lines.append(f"                    served: {after:.1%}")
        lines += [f"not written         {number} ({why})" for why, number in self.failures.items() if number]
        return "\n".join([*lines, *self.wrong[:20]])
