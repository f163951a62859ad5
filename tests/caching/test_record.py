import pytest

from caching import NotStored, Outcome, Reason, Record


def test_a_record_begins_as_a_plain_miss() -> None:
    record = Record("http://cdn.test/a", position=3)
    assert (record.outcome, record.reason) == (Outcome.MISS, Reason.URI_MISS)
    assert record.position == 3 and record.evicted == () and record.not_stored is None
    assert not record.forwarded and not record.stored and record.forwarded_status is None


def test_outcome_and_reason_are_settled_together() -> None:
    record = Record("http://cdn.test/a", position=0)
    record.settle(Outcome.HIT, Reason.FRESH)
    assert repr(record) == "Record(http://cdn.test/a: hit, fresh)"


@pytest.mark.parametrize(
    ("reason", "not_stored", "instead", "settled"),
    [
        (Reason.URI_MISS, None, False, (Outcome.MISS, Reason.URI_MISS)),
        (Reason.EXPIRED, NotStored.NO_STORE, True, (Outcome.EXPIRED, Reason.EXPIRED)),
        (Reason.HIT_FOR_MISS, NotStored.PRIVATE, False, (Outcome.BYPASS, Reason.HIT_FOR_MISS)),
        (Reason.HIT_FOR_MISS, None, False, (Outcome.MISS, Reason.URI_MISS)),
    ],
)
def test_a_miss_is_called_by_what_it_came_to(
    reason: Reason, not_stored: NotStored | None, instead: bool, settled: tuple[Outcome, Reason]
) -> None:
    record = Record("http://cdn.test/a", position=0)
    record.reason, record.not_stored = reason, not_stored
    record.settle_miss(instead_of_stored=instead)
    assert (record.outcome, record.reason) == settled
