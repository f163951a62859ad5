"""A world is wired from its settings, and the same settings give the same world."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

from tests.simulator import scenario
from tests.simulator.worlds import get, world_of

ROOT = Path(__file__).parents[2]


def report_of(seed: int, hash_seed: str) -> str:
    """The scenario's report from a process of its own."""
    command = [sys.executable, "-m", "tests.simulator.scenario", str(seed)]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_same_seed_gives_the_same_report_in_every_process() -> None:
    here = json.dumps(scenario.run(7).report())
    assert report_of(7, "1") == report_of(7, "2") == here


def test_the_scenario_has_what_makes_determinism_hard() -> None:
    report = scenario.run(8).report()
    assert json.dumps(report) != json.dumps(scenario.run(9).report())
    world = scenario.run(8)
    outcomes = {f"{outcome} {reason}" for (_, outcome, reason) in world.books.exchanges}
    assert outcomes >= {
        "hit fresh",
        "miss uri-miss",
        "collapsed uri-miss",
        "stale stale-while-revalidate",
        "stale stale-if-error",
        "revalidated expired",
    }
    assert world.books.evictions > 0
    assert len(world.books.sessions) == 5


def test_a_world_needs_no_event_loop_and_no_other_server() -> None:
    code = (
        "import sys, simulator, simulator.workload\n"
        "print([name for name in ('asyncio', 'aiohttp', 'locust', 'origin', 'edge') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# The shells of the replay: they work in threads and processes, and say how fast.
SHELLS = {"ahead.py", "stream.py", "sweep.py"}


def test_no_module_reads_a_clock_or_knows_an_event_loop() -> None:
    imported = {
        name.split(".")[0]
        for path in (ROOT / "simulator").glob("*.py")
        if path.name not in SHELLS
        for node in ast.walk(ast.parse(path.read_text()))
        for name in _imports(node)
    }
    assert not imported & {"asyncio", "aiohttp", "time", "datetime", "threading", "origin", "edge"}


def _imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def test_happenings_come_at_their_time() -> None:
    world, seen = world_of(), list[int]()
    for at_ms in (30, 10, 20):
        world.at(at_ms, lambda: seen.append(world.scheduler.now_ms - world.settings.start_ms))
    world.run(25)
    assert seen == [10, 20]
    world.run(1_000)
    assert seen == [10, 20, 30]


def test_sources_of_chance_are_apart_by_name_and_seed() -> None:
    first, second, third = world_of(seed=1), world_of(seed=1), world_of(seed=2)
    assert first.rng("a").random() == second.rng("a").random()
    assert len({first.rng("a").random(), first.rng("b").random(), third.rng("a").random()}) == 3


def test_every_edge_has_its_own_name_and_cache() -> None:
    world = world_of(edges=3, peering=False)
    get(world, "edge-2")
    assert list(world.edges) == ["edge-1", "edge-2", "edge-3"]
    assert [len(edge.cache.index) for edge in world.edges.values()] == [0, 1, 0]
    assert world.edges["edge-3"].cache.settings.node_name == "edge-3"
