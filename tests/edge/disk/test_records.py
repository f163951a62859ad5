import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.disk.metadata import Mark
from edge.disk.records import MAGIC, SLACK_BYTES, Contents, Kind, frame, records_of

Said = tuple[Kind, int, bytes]
said = st.lists(st.tuples(st.sampled_from(Kind), st.integers(0, 9), st.binary(max_size=40)), max_size=12)


def journal_of(records: list[Said]) -> bytes:
    return MAGIC + b"".join(frame(*record) for record in records)


def read(data: bytes) -> list[Said]:
    contents = Contents(data)
    return [(Kind(one.kind), one.number, bytes(contents.payload(one))) for one in records_of(data)]


@given(said, st.data())
def test_any_beginning_of_a_journal_is_a_beginning_of_its_records(
    records: list[Said], data: st.DataObject
) -> None:
    whole = journal_of(records)
    assert read(whole) == records
    cut = data.draw(st.integers(0, len(whole)))
    found = read(whole[:cut])
    assert found == records[: len(found)]
    ends = [len(journal_of(records[:count])) for count in range(len(records) + 1)]
    assert len(found) == max((count for count, end in enumerate(ends) if end <= cut), default=0)


@given(said, st.data())
def test_what_was_changed_ends_the_records(records: list[Said], data: st.DataObject) -> None:
    whole = bytearray(journal_of(records))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    before = max(
        count for count in range(len(records) + 1) if len(journal_of(records[:count])) <= max(place, 8)
    )
    assert read(bytes(whole)) == (records[:before] if place >= len(MAGIC) else [])


@given(said)
def test_the_records_come_to_the_last_that_was_said_of_each_body(records: list[Said]) -> None:
    contents = Contents.of(journal_of(records), patiently=True)
    kept: dict[int, bytes] = {}
    mark = Mark()
    for kind, number, payload in records:
        if kind is Kind.KEPT:
            kept[number] = payload
        elif kind is Kind.DROPPED:
            kept.pop(number, None)
        elif kind is Kind.APPLIED:
            mark = Mark(payload.decode(errors="replace"), number)
    assert {serial: bytes(contents.payload(one)) for serial, one in contents.kept.items()} == kept
    assert list(contents.kept) == list(kept)
    assert contents.mark == mark
    assert not contents.dropped & set(kept)
    again = Contents.of(MAGIC + b"".join(contents.frames()))
    assert {serial: bytes(again.payload(one)) for serial, one in again.kept.items()} == kept
    assert (again.mark, again.newest_serial) == (mark, contents.newest_serial)


def test_a_refresh_leaves_a_body_in_its_place() -> None:
    records = [(Kind.KEPT, 1, b"a"), (Kind.KEPT, 2, b"b"), (Kind.KEPT, 1, b"c")]
    assert list(Contents.of(journal_of(records)).kept) == [1, 2]


def test_what_could_not_be_removed_is_remembered() -> None:
    contents = Contents.of(MAGIC + b"".join(Contents.of(MAGIC).frames([7])))
    assert contents.dropped == {7}


@pytest.mark.parametrize(
    ("data", "is_wasteful"),
    [
        (MAGIC, False),
        (journal_of([(Kind.KEPT, 1, b"a"), (Kind.DROPPED, 1, b"")]), False),
        (journal_of([(Kind.KEPT, 1, b"a")])[:-1], True),
        (journal_of([(Kind.KEPT, 1, bytes(SLACK_BYTES)), (Kind.DROPPED, 1, b"")]), True),
        (journal_of([(Kind.KEPT, 1, bytes(SLACK_BYTES))]), False),
    ],
)
def test_a_journal_is_wasteful_when_most_of_it_is_about_what_is_gone(data: bytes, is_wasteful: bool) -> None:
    assert Contents.of(data).is_wasteful is is_wasteful


def test_other_bytes_are_no_journal() -> None:
    assert Contents.of(b"").whole_bytes == Contents.of(b"something else").whole_bytes == 0
