import pytest

from bench.edge.goals import verdicts
from bench.edge.rows import EdgeRow, Spread


def row(case: str, size_bytes: int, server: str, ratio: float | None = None, **figures: float) -> EdgeRow:
    spread = None if ratio is None else Spread(ratio, ratio, ratio)
    row = EdgeRow(case, size_bytes, server, 35_990.0, 1e6, 5.0, 0, 1.0, 1e5, spread, None)
    return row._replace(**figures)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "reached"),
    [
        (row("hit", 1024, "nginx", 1.3), True),
        (row("hit", 1024, "nginx", 1.29), False),
        (row("hit", 1024 * 1024, "nginx", 1.9), False),
        (row("hit", 1024 * 1024, "varnish", 1.0), True),
        (row("miss", 4096 * 1024, "nginx", 0.5), True),
        (row("steady", 1024, "headwater"), True),
        (row("steady", 1024, "headwater", p99_ms=10.0), False),
        (row("steady", 1024, "headwater", errors=1), False),
        (row("steady", 1024, "headwater", requests_per_s=35_000.0), False),
    ],
)
def test_a_goal_is_reached_or_not(given: EdgeRow, reached: bool) -> None:
    ((found, line),) = verdicts([given])
    assert found is reached and line.endswith(": reached" if reached else ": not reached")


@pytest.mark.parametrize(
    "given",
    [
        row("hit", 1024, "plain", 9.0),
        row("hit", 2048, "nginx", 9.0),
        row("hit", 1024, "nginx"),
        row("steady", 1024, "nginx"),
    ],
)
def test_what_no_goal_is_about_has_no_verdict(given: EdgeRow) -> None:
    assert not list(verdicts([given]))
