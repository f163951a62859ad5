"""AdaptSize: the larger an object, the less likely it is admitted; how much less is learnt from the requests.

Berger, Sitaraman, Harchol-Balter, "AdaptSize: orchestrating the hot object memory cache in a content delivery
network", NSDI 2017. An object comes in with probability exp(-size / c). Every ``interval`` requests, c
becomes what the model in ``sizemodel`` thinks best for the objects asked for lately; the past counts for 0.3
of that, and what is asked for less than 0.1 times an interval is forgotten, as in libCacheSim. Unlike there,
objects whose sizes and rates are between the same powers of two are one class to the model, so that tuning
takes some hundredths of a second; and until the first tuning, which comes after a thousand requests for the
intervals grow to their length, everything that fits is admitted.
"""

from __future__ import annotations

from collections.abc import Hashable
from math import exp
from typing import Any, Final

from caching.admission.dice import unit_at
from caching.admission.sizemodel import tuned
from caching.policies.base import positive
from caching.policies.protocol import Policy

ONE: Final = 1000
"""Rates are integers, so that no sum depends on its order: thousandths of a request in an interval."""
FORGOTTEN: Final = 100
FIRST: Final = 1000
"""Requests in the first interval, after which they double; and until the next attempt, when so far too little
has been asked for to tune by."""
ENOUGH: Final = 3
"""Capacities that the objects asked for must come to."""
MOST_INTERVAL: Final = 1_000_000


class AdaptSize:
    """Tunes itself every ``interval`` requests, and takes popularity to last for ``horizon`` of these.

    ``seed`` is that of the dice. Raises ValueError unless the interval is between 1 and 1,000,000, and the
    horizon positive.
    """

    __slots__ = (
        "_bytes",
        "_counts",
        "_left",
        "_length",
        "_rates",
        "_rolled",
        "_sizes",
        "c_bytes",
        "horizon",
        "interval",
        "seed",
    )

    counts_hits = True

    def __init__(self, *, interval: int = 30_000, horizon: int = 20, seed: int = 0) -> None:
        if positive("interval", interval) > MOST_INTERVAL:
            raise ValueError(f"interval: must be at most {MOST_INTERVAL}, not {interval}")
        self.interval, self.horizon, self.seed = interval, positive("horizon", horizon), seed
        self.c_bytes: float | None = None
        """The size that is admitted once in e times; None until the first tuning."""
        self._left = self._length = min(FIRST, interval)
        self._rolled = self._bytes = 0
        self._counts: dict[Hashable, int] = {}
        self._rates: dict[Hashable, int] = {}
        self._sizes: dict[Hashable, int] = {}

    def requested(self, key: Hashable, size_bytes: int) -> None:
        self._left -= 1
        self._counts[key] = self._counts.get(key, 0) + 1
        known = self._sizes.get(key)
        if known != size_bytes:
            self._sizes[key] = size_bytes
            self._bytes += size_bytes - (known or 0)

    def admits(self, key: Hashable, size_bytes: int, policy: Policy[Any]) -> bool:
        if self._left <= 0:
            self._tune(policy.capacity_bytes)
        if self.c_bytes is None:
            return True
        self._rolled += 1
        return unit_at(self.seed, self._rolled) < exp(-size_bytes / self.c_bytes)

    def _tune(self, capacity_bytes: int) -> None:
        """When objects of enough bytes were asked for; else the statistics go on."""
        if self._bytes <= ENOUGH * capacity_bytes:
            self._left = min(FIRST, self.interval)
            return
        self._left = self._length = min(2 * self._length, self.interval)
        self._merge()
        if self._rates:
            classes = self._classes()
            octaves = max(self._sizes.values()).bit_length() + 4
            self.c_bytes = tuned(*classes, float(capacity_bytes), float(self.horizon), octaves)

    def _merge(self) -> None:
        rates = self._rates
        for key in rates:
            rates[key] = rates[key] * 3 // 10
        for key, count in self._counts.items():
            rates[key] = rates[key] + 7 * ONE // 10 * count if key in rates else ONE * count
        self._counts = {}
        for key in [key for key, rate in rates.items() if rate < FORGOTTEN]:
            del rates[key]
            self._bytes -= self._sizes.pop(key)

    def _classes(self) -> tuple[list[float], list[float], list[float]]:
        """Sizes, rates and numbers of objects, in order of size and rate."""
        sums: dict[tuple[int, int], list[int]] = {}
        for key, rate in self._rates.items():
            size_bytes = self._sizes[key]
            group = sums.setdefault((size_bytes.bit_length(), rate.bit_length()), [0, 0, 0])
            group[0] += size_bytes
            group[1] += rate
            group[2] += 1
        groups = [sums[name] for name in sorted(sums)]
        numbers = [float(number) for _, _, number in groups]
        sizes = [size / number for (size, _, _), number in zip(groups, numbers, strict=True)]
        rates = [rate / number / ONE for (_, rate, _), number in zip(groups, numbers, strict=True)]
        return sizes, rates, numbers
