"""Results as tables, figures and lines: in the order asked for, with units, and nothing lost."""

import io

import numpy as np
from rich.console import Console
from rich.table import Table

from headwater.curves import curve_rows, curve_series, curve_table, describe, label, replay_table, series_of
from simulator.mrc import Curve
from simulator.shards import SampledCurve
from simulator.sweep import Row
from simulator.traces import Summary

SUMMARY = Summary(
    requests=10_000,
    objects=400,
    request_bytes=5_000_000,
    unique_bytes=200_000,
    largest_bytes=900,
    one_hit_wonders=100,
    sizeless=0,
    resized=0,
    seconds=10.0,
)
EXACT = Curve(
    np.array([1000, 50_000]), 10_000, 5_000_000, np.array([9000, 2500]), np.array([4_000_000, 500_000])
)
SAMPLED = SampledCurve(
    np.array([1000]), 0.01, 30, np.array([0.5]), np.array([0.02]), np.array([0.25]), np.array([0.125])
)


def row(
    policy: str,
    capacity: int,
    misses: int,
    admission: str = "all",
    keys: int | None = None,
    **options: object,
) -> Row:
    return Row(
        policy=policy,
        admission=admission,
        capacity_bytes=capacity,
        requests=10_000,
        misses=misses,
        request_bytes=5_000_000,
        miss_bytes=misses * 500,
        requests_per_s=42_500_000.0,
        miss_ratio=misses / 10_000,
        byte_miss_ratio=misses / 10_000,
        evictions=misses - 10,
        evicted_bytes=0,
        written_bytes=misses * 500,
        written_bytes_per_s=None,
        one_hit_wonder_share=0.25,
        warmup_requests=0,
        options=options,
        admission_options={} if keys is None else {"keys": keys},
    )


ROWS = [
    row("sieve", 20_000, 2500),
    row("lru", 20_000, 4000),
    row("sieve", 2000, 7000),
    row("lru", 2000, 8000),
]


def printed(table: Table, width: int = 80) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width).print(table)
    return out.getvalue().splitlines()


def test_a_replay_is_a_row_for_each_policy_and_capacity_in_their_order() -> None:
    lines = [line.split() for line in printed(replay_table(ROWS, SUMMARY))]
    body = [line for line in lines if line and line[0] in {"lru", "sieve"}]
    assert body[0] == ["sieve", "20.0", "kB", "10.00%", "0.2500", "0.2500", "1.2", "MB", "42.5"]
    assert [line[0] for line in body] == ["sieve", "lru", "sieve", "lru"]


def test_long_names_take_no_room_from_figures() -> None:
    wide = [row("s3fifo", 2_000_000_000, 4000, "adaptsize", small_ratio=0.25, ghost_ratio=0.9)]
    text = "\n".join(printed(replay_table(wide, SUMMARY)))
    assert "2.0 GB" in text and "0.4000" in text and "42.5" in text and "…" not in text


def test_a_label_is_what_the_user_wrote() -> None:
    assert label(row("lru", 1, 1)) == "lru"
    guarded = row("s3fifo", 1, 1, "second", 99, small_ratio=0.2)
    assert label(guarded) == "s3fifo:small_ratio=0.2 + second:keys=99"


def test_lines_of_a_picture_ascend() -> None:
    sieve, lru = sorted(series_of(ROWS), key=lambda line: line.label, reverse=True)
    assert (sieve.label, sieve.capacities_bytes, sieve.miss_ratio) == ("sieve", [2000, 20_000], [0.7, 0.25])
    assert (lru.label, lru.byte_miss_ratio) == ("lru", [0.8, 0.4])


def test_a_description_says_what_was_left_out() -> None:
    assert describe(SUMMARY) == (
        "10,000 requests for 400 objects; 200.0 kB unique, 5.0 MB asked for; "
        "25.0% of the objects asked for once"
    )
    text = describe(SUMMARY.__class__(10_000, 400, 1, 1, 1, 1, 7, 9, 0.0), 1000)
    assert "counted after 1,000 requests" in text
    assert "7 requests of 0 bytes left out" in text
    assert "9 requests gave an object another size" in text


def test_curves_are_rows_series_and_tables() -> None:
    assert curve_rows(EXACT)[1] == {
        "capacity_bytes": 50_000,
        "miss_ratio": 0.25,
        "byte_miss_ratio": 0.1,
        "misses": 2500,
        "miss_bytes": 500_000,
    }
    assert curve_rows(SAMPLED) == [
        {
            "capacity_bytes": 1000,
            "miss_ratio": 0.5,
            "byte_miss_ratio": 0.25,
            "miss_ratio_error": 0.02,
            "byte_miss_ratio_error": 0.125,
        }
    ]
    assert curve_series(EXACT).miss_ratio_error == ()
    assert curve_series(SAMPLED).byte_miss_ratio_error == [0.125]
    assert "50.0 kB      25.00%   0.2500        0.1000" in "\n".join(printed(curve_table(EXACT, SUMMARY)))
    assert "0.5000 ± 0.0200   0.2500 ± 0.1250" in "\n".join(printed(curve_table(SAMPLED, SUMMARY)))
