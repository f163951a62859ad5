"""Settings of the simulator's bench: one frozen, validated object."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.kernels.table import KERNELS
from simulator.synthetic import Sizes, Zipf


@dataclass(frozen=True, slots=True)
class BenchSettings:
    """What is measured. Raises ValueError naming the field that is out of range."""

    requests: int = 10_000_000
    objects: int = 1_000_000
    alpha: float = 1.0
    """Of the Zipf law."""
    largest_bytes: int = 1
    """Objects have 1 byte up to so many, log-uniform."""
    capacity_share: float = 0.1
    """Of the unique bytes."""
    rounds: int = 3
    policies: tuple[str, ...] = tuple(KERNELS)
    seed: int = 1

    def __post_init__(self) -> None:
        for field in ("requests", "objects", "rounds"):
            if getattr(self, field) < 1:
                raise ValueError(f"{field}: at least 1, not {getattr(self, field)}")
        if not 0 < self.capacity_share <= 1:
            raise ValueError(f"capacity: more than 0 % and at most 100 %, not {self.capacity_share:%}")
        if not self.policies:
            raise ValueError("policies: at least one")
        for policy in self.policies:
            if policy not in KERNELS:
                raise ValueError(f"policy: {policy!r} is not one of {', '.join(KERNELS)}")
        Zipf(self.objects, self.alpha)
        Sizes(1, self.largest_bytes)
