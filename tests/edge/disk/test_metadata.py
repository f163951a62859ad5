from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching import Entry, Headers
from caching.entry import Part
from caching.freshness import Freshness
from edge.disk.metadata import (
    Mark,
    MetadataError,
    decode_block,
    decode_entry,
    encode_block,
    encode_entry,
)
from tests.edge.disk.samples import entry_of

# Surrogates included: bytes of a URL that are no UTF-8 turn into such.
texts = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=())) | st.text()
counts = st.integers(0, 2**62)
headers = st.lists(st.tuples(texts, texts), max_size=6).map(Headers)
entries = st.builds(
    Entry,
    key=texts,
    serial=counts,
    status=st.integers(100, 599),
    headers=headers,
    selection=st.lists(st.tuples(texts, st.none() | texts), max_size=3).map(tuple),
    freshness=st.builds(Freshness, counts, counts, counts, st.booleans(), counts, counts, st.booleans()),
    initial_age_ms=counts,
    response_ms=counts,
    size_bytes=st.none() | counts,
    position=counts,
    soft_purged_ms=st.none() | counts,
    part=st.none() | st.builds(Part, counts, st.none() | counts),
)


@given(entries)
def test_an_entry_comes_back_as_it_was(entry: Entry) -> None:
    decoded = decode_entry(encode_entry(entry))
    assert decoded == entry
    assert isinstance(decoded.freshness, Freshness)
    assert decoded.part is None or isinstance(decoded.part, Part)
    assert [decoded.headers.all(name) for name, _ in decoded.headers] == [
        entry.headers.all(name) for name, _ in entry.headers
    ]


def test_every_field_of_an_entry_is_kept() -> None:
    known = "key serial status headers selection freshness initial_age_ms response_ms size_bytes position"
    assert [field.name for field in fields(Entry) if field.init] == [*known.split(), "soft_purged_ms", "part"]


def test_what_is_equal_in_two_entries_is_one_object() -> None:
    one, two = (decode_entry(encode_entry(entry_of(serial, 10))) for serial in (1, 2))
    assert one.freshness is two.freshness
    assert one.headers.get("content-type") is two.headers.get("content-type")
    assert one.headers.get("etag") != two.headers.get("etag")


@pytest.mark.parametrize("data", [b"", b"\x93\x01\x02\x03", b"\xc1", encode_entry(entry_of(1, 10))[:-1]])
def test_other_bytes_are_no_entry(data: bytes) -> None:
    with pytest.raises(MetadataError):
        decode_entry(data)
    with pytest.raises(MetadataError):
        decode_block(data)


def test_a_text_that_was_escaped_and_makes_no_sense_is_no_entry() -> None:
    data = encode_entry(replace(entry_of(1, 10), key="\udc80"))
    with pytest.raises(MetadataError):
        decode_entry(data.replace(b"video/mp4", "vid\u00ff/mp4".encode()[:9]))


def test_a_block_tells_how_far_the_log_had_been_applied() -> None:
    data = encode_entry(entry_of(1, 10))
    assert decode_block(encode_block(Mark("a log", 7), data)) == (Mark("a log", 7), data)
