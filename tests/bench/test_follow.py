import pytest
from rich.console import Console

from bench.follow import FollowRow, FollowSettings, measure
from bench.proxies import PROXIES
from bench.table import follow_table
from tests.bench.plain import unhelpful

SETTINGS = FollowSettings(chunks=3, chunk_ms=30, chunk_bytes=1000, clients=4, apart_ms=5, rounds=2)


async def test_an_edge_asks_once_and_tells_the_age() -> None:
    row = await measure("headwater", PROXIES["headwater"], SETTINGS)
    assert row.origin_requests == 1
    assert row.age_while_filling and row.age_when_complete
    assert len(row.first_byte_ms) == SETTINGS.clients
    assert 0 < row.median_first_byte_ms <= row.worst_first_byte_ms == max(row.first_byte_ms)
    assert row.worst_lag_ms > 0


async def test_what_joins_nobody_asks_once_for_each() -> None:
    row = await measure("unhelpful", unhelpful, SETTINGS)
    assert row.origin_requests == SETTINGS.clients + 1, "the last asks when the segment is complete"
    assert not row.age_while_filling and not row.age_when_complete


@pytest.mark.parametrize(
    "wrong", [{"chunks": 0}, {"clients": 1}, {"apart_ms": -1}, {"rounds": 0}, {"chunk_bytes": 0}]
)
def test_settings_out_of_range_are_named(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        FollowSettings(**wrong)


def test_the_table_has_a_line_for_each_proxy() -> None:
    row = FollowRow("nginx", 1, (3.0, 2.0), 2.5, 3.0, 1.25, False, True)
    console = Console(width=80)
    with console.capture() as captured:
        console.print(follow_table([row]))
    assert captured.get().splitlines()[2].split() == ["nginx", "1", "2.5", "3.0", "1.2", "no,", "yes"]
    assert row.as_dict()["first_byte_ms"] == (3.0, 2.0)
