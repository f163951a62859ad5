"""Counting what became of requests."""

import pytest

from caching import Dropped, NotStored, Outcome, Reason, Record
from edge.counters import LATENCY_BOUNDS_MS, Counters


def record(outcome: Outcome, reason: Reason, not_stored: NotStored | None = None) -> Record:
    made = Record("http://o/a", 0)
    made.settle(outcome, reason)
    made.not_stored = not_stored
    return made


def test_a_request_is_counted_by_who_and_why_with_its_bytes() -> None:
    counters = Counters()
    for who, sent in (("client", 10), ("client", 5), ("peer", 7)):
        counters.on_finished(record(Outcome.HIT, Reason.FRESH), who, sent, 1.0)
    counters.on_finished(record(Outcome.MISS, Reason.URI_MISS, NotStored.PRIVATE), "client", 1, 1.0)
    assert counters.requests == {
        ("client", "hit", "fresh"): 2,
        ("peer", "hit", "fresh"): 1,
        ("client", "miss", "uri-miss"): 1,
    }
    assert counters.sent_bytes == {"client": 16, "peer": 7}
    assert counters.not_stored == {"private": 1}


@pytest.mark.parametrize(
    ("took_ms", "bucket"),
    [(0.0, 0), (1.0, 0), (1.001, 1), (2.0, 1), (99.9, 6), (10_000.0, 12), (10_000.1, 13), (1e9, 13)],
)
def test_a_time_falls_into_the_bucket_whose_upper_bound_it_does_not_exceed(
    took_ms: float, bucket: int
) -> None:
    counters = Counters()
    counters.on_finished(record(Outcome.HIT, Reason.FRESH), "client", 0, took_ms)
    assert counters.latency_ms["client"] == [int(number == bucket) for number in range(14)]
    assert counters.latency_sum_ms["client"] == took_ms


def test_there_is_a_bucket_more_than_bounds() -> None:
    assert list(LATENCY_BOUNDS_MS) == sorted(set(LATENCY_BOUNDS_MS))
    assert len(Counters().latency_ms["client"]) == len(LATENCY_BOUNDS_MS) + 1


def test_entries_that_left_are_counted_by_cause() -> None:
    counters = Counters()
    for cause in (Dropped.EVICTED, Dropped.PURGED, Dropped.EVICTED):
        counters.on_dropped(cause)
    assert counters.dropped == {"evicted": 2, "purged": 1}
