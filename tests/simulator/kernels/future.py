"""The policies that know the future, written down plainly: what their kernels are compared with."""

from __future__ import annotations

from collections.abc import Callable

from simulator.kernels.frame import ABSENT, ADMITTED, HIT, REFUSAL, REMOVAL
from tests.simulator.kernels.sameness import Step, Trace, nexts

Held = dict[int, tuple[int, int]]
"""Size and next request of each object, in order of admission."""
Choose = Callable[[Held, int], int]
"""Who goes, given what is held and the position in the trace."""


def replayed(trace: Trace, choose: Choose) -> list[Step]:
    """The trace through a policy that evicts as it is told to."""
    held: Held = {}
    after = nexts(trace.requests)
    return [
        step(held, key, size_bytes, position, after[position], trace.capacity_bytes, choose)
        for position, (key, size_bytes) in enumerate(trace.requests)
    ]


def step(
    held: Held, key: int, size_bytes: int, position: int, after: int, capacity_bytes: int, choose: Choose
) -> Step:
    if size_bytes == 0:
        return Step(ABSENT if held.pop(key, None) is None else REMOVAL, [])
    if key in held:
        held[key] = (held[key][0], after)
        return Step(HIT, [])
    if size_bytes > capacity_bytes:
        return Step(REFUSAL, [])
    evicted = []
    while sum(size for size, _ in held.values()) + size_bytes > capacity_bytes:
        evicted.append(choose(held, position))
        del held[evicted[-1]]
    held[key] = (size_bytes, after)
    return Step(ADMITTED, evicted)
