import json

import pytest

from loadtest.report import QOE, KindRow, Row, make_report, percentile

ROWS = [
    Row("GET", "segment", 4, 1, 4_000, 100.0, {10: 2, 20: 1, 60: 1}),
    Row("GET", "init", 2, 0, 20, 6.0, {3: 2}),
    Row(QOE, "session", 3, 1, 0, 9_000.0, {3_000: 3}),
    Row(QOE, "startup", 2, 0, 0, 500.0, {100: 1, 400: 1}),
    Row(QOE, "played", 2, 0, 0, 6_000.0, {3_000: 2}),
    Row(QOE, "stalled", 2, 0, 0, 2_000.0, {0: 1, 2_000: 1}),
    Row(QOE, "rebuffer", 2, 0, 0, 400.0, {0: 1, 400: 1}),
]


def test_requests_and_viewings_are_kept_apart() -> None:
    report = make_report(ROWS, ["1 x segment: status"], seed=5, users=3, seconds=2.0)
    assert (report.requests, report.errors, report.bytes, report.requests_per_s) == (6, 1, 4_020, 3.0)
    assert (report.p50_ms, report.p99_ms) == (10, 60)
    assert (report.sessions, report.sessions_failed) == (3, 1)
    assert (report.startup_p50_ms, report.startup_p95_ms) == (100, 400)
    assert (report.played_ms, report.stalled_ms, report.rebuffer_ratio) == (6_000, 2_000, 0.25)
    assert report.kinds == (
        KindRow("segment", 4, 1, 4_000, p50_ms=10, p99_ms=60),
        KindRow("init", 2, 0, 20, p50_ms=3, p99_ms=3),
    )
    assert (report.seed, report.users, report.problems) == (5, 3, ("1 x segment: status",))


def test_a_test_in_which_nothing_happened_divides_by_nothing() -> None:
    report = make_report([], [], seed=1, users=1, seconds=0.0)
    assert (report.requests_per_s, report.rebuffer_ratio, report.p99_ms, report.kinds) == (0.0, 0.0, 0, ())


def test_rows_survive_json() -> None:
    assert [Row.from_fields(fields) for fields in json.loads(json.dumps(ROWS))] == ROWS


@pytest.mark.parametrize(("share", "time_ms"), [(0, 1), (0.25, 1), (0.26, 5), (0.75, 5), (0.76, 9), (1, 9)])
def test_percentiles(share: float, time_ms: int) -> None:
    assert percentile({5: 2, 1: 1, 9: 1}, share) == time_ms
