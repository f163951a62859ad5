"""Settings of the edge's bench: one frozen, validated object."""

from __future__ import annotations

from dataclasses import dataclass

from bench.edge.cases import CASES, SIZES
from bench.edge.origin import LARGEST_BYTES
from bench.edge.servers import SERVERS


@dataclass(frozen=True, slots=True)
class EdgeBenchSettings:
    """What is measured. Raises ValueError naming the field that is out of range."""

    cases: tuple[str, ...] = tuple(CASES)
    sizes_bytes: tuple[int, ...] = SIZES
    """Of the objects, for the cases whose objects have one to choose."""
    servers: tuple[str, ...] = tuple(SERVERS)
    seconds: int = 3
    """Of load for each figure; the load generators take whole seconds."""
    rounds: int = 5
    """How often each server has its turn."""
    connections: int = 64
    """Held open by the load generator."""
    capacity_bytes: int = 1024**3
    """Of each server's cache."""

    def __post_init__(self) -> None:
        for field, known in (("cases", CASES), ("servers", SERVERS)):
            chosen = getattr(self, field)
            if not chosen:
                raise ValueError(f"{field}: at least one")
            for name in chosen:
                if name not in known:
                    raise ValueError(f"{field[:-1]}: {name!r} is not one of {', '.join(known)}")
        for field in ("seconds", "rounds", "connections"):
            if getattr(self, field) < 1:
                raise ValueError(f"{field}: at least 1, not {getattr(self, field)}")
        for size_bytes in self.sizes_bytes or (0,):
            if not 1 <= size_bytes <= LARGEST_BYTES:
                raise ValueError(f"size: from 1 to {LARGEST_BYTES} bytes, not {size_bytes}")
