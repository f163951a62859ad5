"""One seeded trace through the bare Exchange, the simulator, and a real edge with a real origin on loopback.

All three must come to the same, request by request: key, outcome, reason, evicted, and what else the record
says; the status, Age and Cache-Status that the client got; and from the two that have bodies, the bytes.
"""

from pathlib import Path
from random import Random

import pytest

from caching import CacheSettings, Dropped, Scope
from simulator.origin import Condition
from tests.twin.bare import BareLeg
from tests.twin.live import Clock, LiveLeg
from tests.twin.objects import scripted_objects
from tests.twin.published import PublishedOrigin
from tests.twin.scripted import ScriptedOrigin
from tests.twin.simulated import SimulatedLeg
from tests.twin.trace import EDGE, Site, TraceMaker
from tests.twin.verdict import Cover, Run

Origin = ScriptedOrigin | PublishedOrigin

EVERY_KIND = {
    ("hit", "fresh"): 300,
    ("miss", "uri-miss"): 300,
    ("miss", "vary-miss"): 20,
    ("miss", "partial"): 1,
    ("bypass", "unsliced"): 5,
    ("revalidated", "expired"): 100,
    ("revalidated", "no-cache"): 15,
    ("revalidated", "soft-purged"): 10,
    ("revalidated", "fenced"): 10,
    ("expired", "expired"): 50,
    ("expired", "no-cache"): 2,
    ("expired", "soft-purged"): 2,
    ("expired", "fenced"): 2,
    ("stale", "stale-while-revalidate"): 30,
    ("stale", "stale-if-error"): 10,
    ("collapsed", "uri-miss"): 20,
    ("collapsed", "expired"): 10,
    ("stale", "stale-if-disconnected"): 5,
    ("refused", "upstream-unreachable"): 30,
    ("stale", "max-stale"): 3,
    ("revalidated", "request"): 5,
    ("bypass", "request-no-store"): 5,
    ("refused", "only-if-cached"): 5,
    ("refused", "loop"): 10,
    ("bypass", "method"): 20,
    ("bypass", "precondition"): 20,
    ("bypass", "hit-for-miss"): 50,
}

OF_A_CLIP = {
    ("hit", "fresh"): 300,
    ("miss", "uri-miss"): 100,
    ("revalidated", "expired"): 100,
    ("revalidated", "soft-purged"): 10,
    ("revalidated", "fenced"): 10,
    ("expired", "expired"): 2,
    ("stale", "stale-while-revalidate"): 50,
    ("stale", "stale-if-error"): 10,
    ("refused", "upstream-unreachable"): 20,
    ("refused", "loop"): 10,
    ("bypass", "method"): 20,
    ("bypass", "precondition"): 20,
}

NOT_STORED = {
    "authorization",
    "digest-mismatch",
    "blamed",
    "fill-failed",
    "hit-for-miss",
    "method",
    "no-freshness",
    "no-store",
    "precondition",
    "private",
    "status",
    "too-large",
    "vary-all",
}


async def run_legs(origin: Origin, clock: Clock, site: Site, capacity_bytes: int, *, hot_path: bool) -> Run:
    """Draw a trace for a running origin, and take it three times; the legs must agree."""
    steps = TraceMaker(site, Random(2)).steps(2_300)
    cache = CacheSettings(
        node_name=EDGE,
        capacity_bytes=capacity_bytes,
        max_object_bytes=capacity_bytes // 3,
        slice_bytes=1_000,
        entry_overhead_bytes=100,
    )
    simulated, live = (
        SimulatedLeg(site.authority, cache, site.objects),
        LiveLeg(origin, clock, cache, hot_path=hot_path),
    )
    bare = BareLeg(cache, site.objects)
    run = Run(steps, bare.run(steps), simulated.run(steps), await live.run(steps))
    assert not run.difference()
    assert not site.scripted or bare.shelf.causes.count(Dropped.INVALIDATED) > 20
    assert simulated.sizes == live.sizes
    assert (live.prepared > 300) is hot_path, live.prepared
    return run


def judge(run: Run, wanted: dict[Cover, int]) -> None:
    """The trace had what it is there for."""
    assert len(run.bare) >= 2_000
    assert not run.rare(wanted)
    assert sum(len(fact.evicted) for fact in run.facts) > 80
    assert all(run.purges[scope, soft] >= 2 for scope in Scope for soft in (True, False))


@pytest.mark.parametrize("hot_path", [True, False])
async def test_for_every_kind_of_response(capsys: pytest.CaptureFixture[str], hot_path: bool) -> None:
    clock, objects = Clock(), scripted_objects()
    origin = ScriptedOrigin(objects, clock)
    await origin.start()
    try:
        failures = (Condition.DOWN, Condition.FAILING, Condition.BREAKING, Condition.DAMAGING)
        site = Site(origin.authority, objects, failures, scripted=True, short_ms=400, long_ms=6_000)
        run = await run_legs(origin, clock, site, capacity_bytes=60_000, hot_path=hot_path)
    finally:
        await origin.stop()
    with capsys.disabled():
        print(f"\n{run.line('scripted origin')}")
    judge(run, EVERY_KIND)
    assert {fact.not_stored for fact in run.facts} >= NOT_STORED
    assert any(fact.reason == "method" and fact.not_stored is None for fact in run.facts)  # kept for a GET
    brought = {fact.key for fact in run.facts if fact.outcome in ("miss", "expired")}
    assert any(fact.outcome == "hit" and fact.key not in brought for fact in run.facts)  # No-Vary-Search


@pytest.mark.parametrize("hot_path", [True, False])
async def test_for_a_clip_of_the_real_origin(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], hot_path: bool
) -> None:
    clock = Clock()
    origin = PublishedOrigin(tmp_path, clock)
    await origin.start()
    try:
        objects = await origin.survey()
        capacity_bytes = sum(item.size_bytes for item in objects) // 3
        failures = (Condition.DOWN,)
        site = Site(
            origin.authority,
            objects,
            failures,
            scripted=False,
            short_ms=3_000,
            long_ms=60_000,
        )
        run = await run_legs(origin, clock, site, capacity_bytes, hot_path=hot_path)
    finally:
        await origin.stop()
    with capsys.disabled():
        print(f"\n{run.line('published clip')}")
    judge(run, OF_A_CLIP)
