import pytest

from bench.index.live import measure_live, wrk_script
from bench.index.settings import IndexBenchSettings


def test_the_script_asks_for_the_paths_that_there_are() -> None:
    script = wrk_script("random", 5000, 7)
    assert "math.randomseed(7)" in script and "math.random(0, 5000 - 1)" in script
    assert "/vod/film-%05d/%d/%d.m4s" in script and "$" not in script
    assert "% 5000" in wrk_script("zipf", 5000, 7)


@pytest.mark.usefixtures("without_peers")
async def test_a_loaded_edge_is_asked_in_each_order() -> None:
    told: list[str] = []
    settings = IndexBenchSettings(1000, policies=("lru",), seconds=1)
    rows = await measure_live(settings, lambda _, note: told.append(note))
    assert told == ["live lru, 1,000 objects", ""]
    assert [(row.policy, row.objects, row.order, row.errors) for row in rows] == [
        ("lru", 1000, "random", 0),
        ("lru", 1000, "zipf", 0),
    ]
    assert all(row.hits_per_s > 0 for row in rows)
