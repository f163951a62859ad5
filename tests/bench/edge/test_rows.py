import pytest

from bench.edge.load import Sample
from bench.edge.rows import Spread, Turn, rows_of


def turn(requests: int, busy: float | None = 0.5, errors: int = 0) -> Turn:
    return Turn(Sample(requests, 1.0, requests * 100, requests / 1000, errors), busy)


TURNS = {
    "ours": [turn(1000), turn(3000, 1.0, errors=1), turn(2000)],
    "theirs": [turn(1000), turn(1000, errors=2), turn(4000, errors=3)],
}


def test_figures_are_medians_and_ratios_are_of_the_same_round() -> None:
    ours, theirs = rows_of("hit", 1024, TURNS, "ours", rated=False)
    assert (ours.case, ours.size_bytes, ours.server) == ("hit", 1024, "ours")
    assert (ours.requests_per_s, ours.bytes_per_s, ours.p99_ms, ours.errors) == (2000, 200_000, 2.0, 1)
    assert (ours.busy, ours.requests_per_cpu_s, ours.ratio, ours.cpu_ratio) == (0.5, 3000, None, None)
    assert (theirs.requests_per_s, theirs.errors) == (1000, 5)
    assert theirs.ratio == Spread(1.0, 0.5, 3.0)
    assert theirs.cpu_ratio == Spread(1.0, 0.5, 1.5)


@pytest.mark.parametrize("rated", [True, False])
def test_no_ratio_where_it_says_nothing(rated: bool) -> None:
    alone = {"theirs": TURNS["theirs"]}
    for row in rows_of("steady", 1024, TURNS if rated else alone, "ours", rated):
        assert row.ratio is None and row.cpu_ratio is None


def test_where_nobody_tells_of_cpu_time_there_is_none() -> None:
    turns = {"ours": [turn(10, None)], "theirs": [turn(20, None)]}
    for row in rows_of("hit", 1, turns, "ours", rated=False):
        assert row.busy is None and row.requests_per_cpu_s is None and row.cpu_ratio is None


def test_json_has_the_figures_by_their_names() -> None:
    first, second = (row.as_dict() for row in rows_of("hit", 1024, TURNS, "ours", rated=False))
    assert first["ratio"] is None and second["ratio"] == {"median": 1.0, "least": 0.5, "most": 3.0}
    names = {"case", "size_bytes", "server", "requests_per_s", "bytes_per_s", "p99_ms", "errors"}
    assert names <= first.keys()
