from caching import Outcome, Reason, Record


def test_a_record_begins_as_a_plain_miss() -> None:
    record = Record("http://cdn.test/a", position=3)
    assert (record.outcome, record.reason) == (Outcome.MISS, Reason.URI_MISS)
    assert record.position == 3 and record.evicted == () and record.not_stored is None
    assert not record.forwarded and not record.stored and record.forwarded_status is None


def test_outcome_and_reason_are_settled_together() -> None:
    record = Record("http://cdn.test/a", position=0)
    record.settle(Outcome.HIT, Reason.FRESH)
    assert repr(record) == "Record(http://cdn.test/a: hit, fresh)"
