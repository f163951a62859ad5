"""TinyLFU: what was missed comes in if it has been asked for more often, lately, than what would have to go.

Einziger, Friedman, Manes, "TinyLFU: a highly efficient cache admission policy", ACM Transactions on Storage,
2017, over any policy. Of several that would have to go for a large object, the first is compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final

from caching.policies.base import positive
from caching.policies.protocol import Policy
from caching.policies.sketch import FrequencySketch, key_digest

FEWEST_CELLS: Final = 1 << 16
CELLS_PER_KEY: Final = 16
"""Beyond the fewest, for each key that is held."""


class TinyLfu:
    """Counts all requests, and halves the counts after ``sample`` requests for each key that is held.

    ``digest`` gives 64 bits of a key. Raises ValueError unless the sample is positive.
    """

    __slots__ = ("_counted", "_digest", "_sketch", "sample")

    counts_hits = True

    def __init__(self, *, sample: int = 10, digest: Callable[[Any], int] = key_digest) -> None:
        self.sample, self._digest = positive("sample", sample), digest
        self._sketch = FrequencySketch(FEWEST_CELLS)
        self._counted = 0

    def requested(self, key: Hashable, size_bytes: int) -> None:
        self._sketch.count(self._digest(key))
        self._counted += 1

    def admits(self, key: Hashable, size_bytes: int, policy: Policy[Any]) -> bool:
        self._keep_up(len(policy))
        if policy.used_bytes + size_bytes <= policy.capacity_bytes:
            return True
        estimate, digest = self._sketch.estimate, self._digest
        return estimate(digest(key)) > estimate(digest(policy.victim()))

    def _keep_up(self, held: int) -> None:
        """Age with the number of keys held, and grow with it; at misses, for a hit changes neither much."""
        if self._sketch.cells < CELLS_PER_KEY * held:
            self._sketch.double()
        if self._counted >= self.sample * max(held, 1):
            self._sketch.halve()
            self._counted = 0
