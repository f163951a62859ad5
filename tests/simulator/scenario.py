"""A world with everything in it, as a program: prints its report. Run by the test of determinism."""

from __future__ import annotations

import json
import sys

from caching import CacheSettings, Purge, Scope
from simulator import Condition, World, WorldSettings
from simulator.site import make_object, objects_of
from simulator.viewer import Viewer
from simulator.workload import Workload, play
from tests.manifests.samples import asset


def run(seed: int) -> World:
    """Load, players, purges, an outage and a dead edge."""
    lifetimes = "max-age=2, stale-while-revalidate=2, stale-if-error=9"
    pages = [make_object(f"/{n}", 2_000 + 100 * n, lifetimes, tags=("t",)) for n in range(80)]
    cache = CacheSettings(capacity_bytes=400_000)
    settings = WorldSettings(seed=seed, edges=3, cache=cache, max_staleness_ms=1_000)
    world = World(settings, [*pages, *objects_of(asset())])
    targets = [item.target for item in pages]
    world.spawn(play(world, Workload(requests=1_500, rate_per_s=200), targets, world.rng("load")))
    for number in range(5):
        world.spawn(Viewer(world, "/vod/demo/master.m3u8", world.rng(f"viewer-{number}")).watch())
    world.at(1_000, lambda: world.purge(Purge(Scope.TAG, "t", soft=True)))
    world.at(2_000, lambda: world.kill("edge-2"))
    world.at(3_000, lambda: setattr(world.origin, "condition", Condition.DOWN))
    world.at(5_000, lambda: setattr(world.origin, "condition", Condition.UP))
    world.at(6_000, lambda: world.revive("edge-2"))
    world.at(7_000, lambda: world.purge(Purge(Scope.ALL)))
    world.settle()
    return world


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1])).report()))
