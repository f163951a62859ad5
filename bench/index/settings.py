"""Settings of the index's bench: one frozen, validated object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from caching.policies import POLICIES

SMALLEST: Final = 1000
"""Objects in the smallest index."""


@dataclass(frozen=True, slots=True)
class IndexBenchSettings:
    """What is measured. Raises ValueError naming the field that is out of range."""

    objects: int = 1_000_000
    """In the largest index; the smaller ones have a thousand, ten thousand and so on."""
    lookups: int = 200_000
    """For each figure."""
    policies: tuple[str, ...] = ("lru", "sieve", "s3fifo", "wtinylfu")
    seed: int = 1
    seconds: int = 5
    """Of load for each figure over HTTP."""

    def __post_init__(self) -> None:
        if self.objects < SMALLEST:
            raise ValueError(f"objects: at least {SMALLEST}, not {self.objects}")
        for name in ("lookups", "seconds"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: at least 1, not {getattr(self, name)}")
        if not self.policies:
            raise ValueError("policies: at least one")
        for policy in self.policies:
            if policy not in POLICIES:
                raise ValueError(f"policy: {policy!r} is not one of {', '.join(sorted(POLICIES))}")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of the indexes, in objects, the smallest first: powers of ten, and the largest."""
        sizes = [SMALLEST]
        while sizes[-1] * 10 < self.objects:
            sizes.append(sizes[-1] * 10)
        return tuple(dict.fromkeys((*sizes, self.objects)))
