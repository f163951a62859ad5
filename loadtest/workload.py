"""Who watches what, when and for how long: the demand side of a load test or a simulation.

Popularity follows Zipf's law over the assets in the order given (the first is the most popular), viewers stay
for an exponentially distributed time, and arrive as a Poisson process. All of it is drawn from a
``random.Random`` that the caller seeds, so that a run can be repeated.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate, repeat
from random import Random
from typing import NamedTuple


class Viewing(NamedTuple):
    """One viewer's wish: ``watch_ms`` None means the whole asset."""

    asset: str
    watch_ms: int | None


def viewings(
    assets: Sequence[str], rng: Random, *, zipf_exponent: float, mean_watch_ms: int | None
) -> Iterator[Viewing]:
    """Endless viewings. An exponent of 0 makes all assets equally popular; nobody leaves within a second.

    Source: L. Breslau et al., "Web Caching and Zipf-like Distributions", INFOCOM 1999.
    """
    popularity = list(accumulate(rank**-zipf_exponent for rank in range(1, len(assets) + 1)))
    for _ in repeat(None):
        (asset,) = rng.choices(assets, cum_weights=popularity)
        if mean_watch_ms is None:
            yield Viewing(asset, None)
        else:
            yield Viewing(asset, max(1_000, round(rng.expovariate(1 / mean_watch_ms))))


def arrivals_ms(viewers_per_s: float, rng: Random) -> Iterator[int]:
    """Moments, from 0 on, at which viewers arrive independently of each other (an open model)."""
    at_ms = 0.0
    for _ in repeat(None):
        at_ms += 1_000 * rng.expovariate(viewers_per_s)
        yield round(at_ms)
