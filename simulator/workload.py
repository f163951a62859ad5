"""Requests at random moments for objects of unequal popularity, by a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from simulator.client import SimClient
from simulator.task import sleep
from simulator.world import World

_US_PER_S = 1_000_000


@dataclass(frozen=True, slots=True)
class Workload:
    """Poisson arrivals and Zipf popularity. Raises ValueError naming the field that is out of range."""

    requests: int
    rate_per_s: float
    """Of all clients together."""
    clients: int = 100
    zipf_alpha: float = 1.0
    """The n-th target is asked for in proportion to ``1 / n ** zipf_alpha``."""
    failover: bool = True
    """Whether a client asks the other edges when one fails."""

    def __post_init__(self) -> None:
        for name in ("requests", "rate_per_s", "clients"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name}: must be greater than 0, not {getattr(self, name)}")
        if self.zipf_alpha < 0:
            raise ValueError(f"zipf_alpha: must not be negative, not {self.zipf_alpha}")


async def play(world: World, workload: Workload, targets: Sequence[str], rng: Random) -> None:
    """Send the workload's requests, most popular target first, and return when the last has been sent."""
    bounds = list(accumulate((n + 1) ** -workload.zipf_alpha for n in range(len(targets))))
    clients = [world.client() for _ in range(workload.clients)]
    orders = [rng.sample(list(world.edges), len(world.edges)) for _ in clients]
    for _ in range(workload.requests):
        await sleep(world.scheduler, int(rng.expovariate(workload.rate_per_s) * _US_PER_S))
        number = rng.randrange(len(clients))
        edges = orders[number] if workload.failover else orders[number][:1]
        target = rng.choices(targets, cum_weights=bounds)[0]
        world.spawn(_ask(world, clients[number], edges, target))


async def _ask(world: World, client: SimClient, edges: Sequence[str], target: str) -> None:
    world.books.on_got(await client.get_from_any(edges, target))
