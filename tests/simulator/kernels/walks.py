"""Long seeded traces, which lead policies where short ones seldom do: beside the traces of ``sameness``."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.simulator.kernels.sameness import OBJECTS, Trace

LENGTH = 3000


def walks(share: float = 0.02) -> Iterator[Trace]:
    """Objects of one size and of many, caches of a few and of most; a ``share`` of requests are removals."""
    for seed, largest in enumerate((1, 1, 3, 6, 20)):
        dice = random.Random(seed)
        sizes = [dice.randint(1, largest) for _ in range(OBJECTS)]
        for part in (0.15, 0.3, 0.5, 0.8):
            capacity_bytes = max(1, int(sum(sizes) * part)) + dice.randrange(3)
            yield Trace(list(requests(dice, sizes, share)), capacity_bytes, 700)


def requests(dice: random.Random, sizes: list[int], share: float) -> Iterator[tuple[int, int]]:
    """What is popular moves on slowly."""
    for k in range(LENGTH):
        i = (int(dice.paretovariate(0.5)) + k // 300) % OBJECTS
        yield i, 0 if dice.random() < share else sizes[i]
