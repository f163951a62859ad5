import pytest
from rich.console import Console

from bench.proxies import PROXIES
from bench.ranges import CASES, Case, RangeRow, measure
from bench.table import range_table
from tests.bench.plain import unhelpful

SMALL = [
    Case(case.name, 3_000_000, min(case.wanted_bytes, 3_000_000), case.act)
    for case in CASES
    if case.name in ("suffixes", "leaves at once")
]


async def test_the_origin_counts_what_it_was_asked_for() -> None:
    suffixes, leaving = await measure("unhelpful", unhelpful, SMALL)
    assert (suffixes.requests, suffixes.origin_requests, suffixes.statuses) == (3, 3, (206,))
    assert suffixes.asked_bytes == suffixes.sent_bytes == suffixes.delivered_bytes == 101_001
    assert suffixes.asked_for_each_delivered == 1 and suffixes.asked_for_each_wanted == 1.01001
    assert leaving.asked_bytes == 3_000_000 and leaving.delivered_bytes == 0
    assert leaving.as_dict()["asked_for_each_wanted"] == 1


async def test_through_an_edge_the_last_bytes_are_those_asked_for() -> None:
    suffixes, _ = await measure("headwater", PROXIES["headwater"], SMALL)
    assert suffixes.statuses == (206,) and suffixes.delivered_bytes == 101_001
    assert suffixes.asked_bytes <= 3_000_000, "nothing is fetched twice"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_case_wants_more_than_there_is(case: Case) -> None:
    assert 0 < case.wanted_bytes <= case.object_bytes


def test_the_table_fits_a_narrow_terminal() -> None:
    row = RangeRow("headwater", "1 byte of 1 GiB", 2**30, 1, 1, (206,), 1, 2**20, 2**20, 1)
    console = Console(width=80)
    with console.capture() as captured:
        console.print(range_table([row]))
    assert captured.get().splitlines()[2].split() == [
        *("headwater", "1", "byte", "of", "1", "GiB"),
        *("1", "B", "1", "B", "1.0", "MB", "1,048,576", "1,048,576"),
    ]
