"""What is let in from outside, and with which words the rest is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventbus.events import (
    AssetDeleted,
    AssetPublished,
    Event,
    EventError,
    Heartbeat,
    Member,
    Purged,
    Record,
    Scope,
    decode,
    decoder_for,
    encode,
    excerpt,
)

RECORDS = decoder_for(Record)

texts = st.text(max_size=30)
events = st.one_of(
    st.builds(AssetPublished, texts, texts),
    st.builds(AssetDeleted, texts),
    st.builds(
        Purged,
        st.sampled_from([Scope.URL, Scope.PREFIX, Scope.TAG]),
        st.text(min_size=1, max_size=30),
        st.booleans(),
    ),
    st.just(Purged(Scope.ALL)),
)


@settings(max_examples=100)
@given(st.integers(1, 10**12), st.integers(0, 10**13), events)
def test_a_record_survives_the_wire(position: int, at_ms: int, event: Event) -> None:
    record = Record(position=position, at_ms=at_ms, event=event)
    data = encode(record)
    assert b"\n" not in data
    assert decode(data, RECORDS) == record


def body(event: str, position: int = 1) -> bytes:
    return b'{"type":"record","position":%d,"at_ms":5,"event":%b}' % (position, event.encode())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "truncated"),
        (b"\xff\xfe", "malformed"),
        (b"[]", "Expected `object`"),
        (b'{"type":"rumour"}', "'rumour'"),
        (body('{"type":"KeyRotated","key":"k"}'), "'KeyRotated' - at `$.event.type`"),
        (body('{"type":"Purged","scope":"url","value":"/a"}', position=0), ">= 1 - at `$.position`"),
        (body('{"type":"Purged","scope":"host","value":"a"}'), "'host' - at `$.event.scope`"),
        (body('{"type":"Purged","scope":"tag"}'), "a purge by tag needs a value"),
        (body('{"type":"Purged","scope":"all","value":"/a"}'), "has no value"),
        (body('{"type":"Purged","scope":"url","value":"/a","host":"b"}'), "unknown field `host`"),
        (body('{"type":"AssetPublished","asset_id":"a"}'), "missing required field `version`"),
        (body('{"type":"AssetDeleted","asset_id":7}'), "at `$.event.asset_id`"),
        (body('{"type":"AssetDeleted","asset_id":"\xff"}').replace("\xff".encode(), b"\xff"), "utf-8"),
    ],
)
def test_what_is_not_a_record_gets_one_error_that_names_it(data: bytes, said: str) -> None:
    with pytest.raises(EventError) as refusal:
        decode(data, RECORDS)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_any_bytes_give_a_record_or_a_bad_event(data: bytes) -> None:
    try:
        assert isinstance(decode(data, RECORDS), Record)
    except EventError as refusal:
        assert "\n" not in str(refusal)


@pytest.mark.parametrize(
    ("name", "url", "weight", "said"),
    [
        ("", "http://a", 1, "name"),
        ("edge 1", "http://a", 1, "'edge 1'"),
        ("edge\n1", "http://a", 1, "name"),
        ("e" * 65, "http://a", 1, "64"),
        ("edge", "ftp://a", 1, "'ftp://a'"),
        ("edge", "http://", 1, "http(s) base URL"),
        ("edge", "http://[::1", 1, "IPv6"),
        ("edge", "http://a", 0, "at least 1"),
    ],
)
def test_a_member_must_be_reachable_and_printable(name: str, url: str, weight: int, said: str) -> None:
    with pytest.raises(ValueError) as refusal:
        Member(name, url, weight)
    assert said in str(refusal.value)


def test_a_heartbeat_carries_its_members() -> None:
    beat = Heartbeat(7, 1_000, 2_000, (Member("a", "http://a:1"), Member("b", "https://b", 3)), 990)
    assert decode(encode(beat), decoder_for(Heartbeat)) == beat


def test_an_excerpt_is_short_and_printable() -> None:
    assert excerpt(b"a\nb") == r"b'a\nb'"
    assert excerpt(b"x" * 100) == f"b'{'x' * 80}' and 20 bytes more"
