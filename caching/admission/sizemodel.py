"""Which objects are worth their room? The model that AdaptSize tunes itself by.

Berger, Sitaraman, Harchol-Balter, "AdaptSize: orchestrating the hot object memory cache in a content delivery
network", NSDI 2017: for a given c, an object is in the cache with a probability that follows from how often
it is asked for, from exp(-size / c), with which it is admitted, and from how long the cache keeps an object;
that time is the one for which the expected sizes add up to the capacity.

With one thing added. Of objects that will be popular for ever a cache is best filled by hardly ever admitting
any, and the model would choose a c near 0. But what is admitted once in n times is missed n times first. So
of the requests for an object within a horizon, those are taken off.

The simulator compiles this very function, so it keeps to plain loops over sequences.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import Final

QUARTERS: Final = (1.0, 1.189207115002721, 1.4142135623730951, 1.681792830507429)
"""Powers of two between one and two."""
SMALLEST: Final = 1 / 16
"""Of an octave: how near one goes to the time that fills the cache."""
LONGEST: Final = 1e12
NEVER: Final = 1e-12
CERTAIN: Final = 700.0
"""An exponent beyond which odds are as good as infinite."""


def tuned(
    sizes: Sequence[float],
    rates: Sequence[float],
    numbers: Sequence[float],
    capacity: float,
    horizon: float,
    octaves: int,
) -> float:
    """The c in bytes with the highest hit ratio that the model gives.

    Objects come in classes: their size in bytes, how often each is asked for in a unit of time, and how many
    they are. Popularity is taken to last for ``horizon`` such units. Tried are the powers of two up to
    2 ** ``octaves``, then quarters of an octave about the best.
    """
    demand = 0.0
    for k in range(len(sizes)):
        demand += numbers[k] * rates[k] * sizes[k]
    best, most, about = 0, -1.0, 0
    for trial in range(octaves + 7):
        about = best if trial == octaves else about
        step = 4 * trial if trial < octaves else max(0, about + trial - octaves - 3)
        c = QUARTERS[step & 3] * 2.0 ** (step >> 2)
        # Were all admitted, it would take about this time to fill the cache: less it cannot be.
        time, stride, hits, doubling = capacity / demand, 1.0, 0.0, True
        while stride >= SMALLEST and time < LONGEST:
            filled, hits = 0.0, 0.0
            for k in range(len(sizes)):
                chance, wait = exp(-sizes[k] / c), rates[k] * time - sizes[k] / c
                share = 1.0
                if wait < CERTAIN:
                    odds = exp(wait) - chance
                    share = odds / (1.0 + odds)
                filled += numbers[k] * sizes[k] * share
                hits += numbers[k] * share * max(0.0, rates[k] - 1.0 / max(chance * horizon, NEVER))
            doubling = doubling and filled < capacity
            stride = stride if doubling else stride * 0.5
            time *= 2.0**stride if filled < capacity else 0.5**stride
        if hits >= most:
            best, most = step, hits
    return QUARTERS[best & 3] * 2.0 ** (best >> 2)
