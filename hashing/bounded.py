"""Consistent hashing with bounded loads: the owner of a key, unless it has too much to do.

No node may carry more than ``factor`` times its fair share of what is under way, rounded up; a key whose
owner is full goes on along the walk of the ring. Loads are an argument (open requests, say), so this
decides and remembers nothing; edge and simulator count for themselves.

Source: Mirrokni, Thorup, Zadimoghaddam, "Consistent Hashing with Bounded Loads", SODA 2018
(arXiv:1608.01350).
"""

from collections.abc import Mapping
from math import ceil

from hashing.ring import EmptyRingError, Ring


def capacities(ring: Ring, loads: Mapping[str, int], factor: float = 1.25) -> dict[str, int]:
    """How much each node may carry once one more load has been placed, in the order of ``ring.nodes``.

    ``ceil(factor * (total + 1) * weight / sum of weights)``. A node without an entry carries nothing; entries
    of nodes outside the ring don't count. Raises ``ValueError`` for a factor under 1: nothing would fit.
    """
    if not factor >= 1:
        raise ValueError(f"bounded-load factor is {factor!r}: it must be at least 1 (1.25 is usual)")
    total = sum(loads.get(name, 0) for name in ring.nodes)
    per_weight = factor * (total + 1) / sum(ring.weights.values())
    return {name: ceil(per_weight * weight) for name, weight in ring.weights.items()}


def bounded_owner(ring: Ring, key: str, loads: Mapping[str, int], factor: float = 1.25) -> str:
    """The first node of the walk with room for one more load.

    There always is one: the capacities add up to more than the loads. Raises ``EmptyRingError`` when the
    ring has no nodes, and ``ValueError`` for a factor under 1.
    """
    if not ring.nodes:
        raise EmptyRingError(f"no node owns {key!r}: the ring is empty")
    room = capacities(ring, loads, factor)
    return next(name for name in ring.walk(key) if loads.get(name, 0) < room[name])
