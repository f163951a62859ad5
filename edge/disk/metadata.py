"""An entry as bytes: MessagePack arrays, the fields in the order of ``Entry``.

Decoding a hundred thousand of them is most of a start, so equal header fields and freshness become one object
and nothing is checked twice: what is decoded here was encoded here, and has passed a checksum.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from msgspec import DecodeError, Raw, Struct
from msgspec.msgpack import Decoder, Encoder

from caching import Entry, Headers
from caching.entry import Part
from caching.freshness import Freshness
from caching.headers import Pair
from caching.same import same
from caching.vary import Selection


class MetadataError(ValueError):
    """Bytes that are no entry of this version."""


class Mark(NamedTuple):
    """How far in which event log everything is done."""

    log_id: str = ""
    """Empty without a log."""
    position: int = 0


class _Fields(Struct, array_like=True, frozen=True, gc=False):
    key: str
    serial: int
    status: int
    headers: tuple[Pair, ...]
    selection: Selection
    freshness: Freshness
    initial_age_ms: int
    response_ms: int
    size_bytes: int | None
    position: int
    soft_purged_ms: int | None
    part: Part | None
    is_escaped: bool = False


class _Block(Struct, array_like=True, frozen=True):
    mark: Mark
    entry: Raw


_encoder: Final = Encoder()
_fields: Final = Decoder(_Fields)
_block: Final = Decoder(_Block)


def encode_entry(entry: Entry) -> bytes:
    """The entry as ``decode_entry`` takes it."""
    fields = _Fields(
        entry.key,
        entry.serial,
        entry.status,
        tuple(entry.headers),
        entry.selection,
        entry.freshness,
        entry.initial_age_ms,
        entry.response_ms,
        entry.size_bytes,
        entry.position,
        entry.soft_purged_ms,
        entry.part,
    )
    try:
        return _encoder.encode(fields)
    except UnicodeEncodeError:
        return _encoder.encode(_mapped(fields, _escaped, is_escaped=True))


def decode_entry(data: bytes | memoryview) -> Entry:
    """The entry that was encoded, with what others say too kept once. Raises MetadataError."""
    try:
        fields = _fields.decode(data)
        if fields.is_escaped:
            fields = _mapped(fields, _unescaped, is_escaped=False)
    except (DecodeError, UnicodeError) as error:
        raise MetadataError(str(error)) from None
    return Entry(
        fields.key,
        fields.serial,
        fields.status,
        Headers.as_kept(fields.headers),
        same(fields.selection),
        same(fields.freshness),
        fields.initial_age_ms,
        fields.response_ms,
        fields.size_bytes,
        fields.position,
        fields.soft_purged_ms,
        fields.part,
    )


def encode_block(mark: Mark, entry: bytes) -> bytes:
    """An encoded entry with how far the log had been applied when it was written."""
    return _encoder.encode(_Block(mark, Raw(entry)))


def decode_block(data: bytes | memoryview) -> tuple[Mark, bytes]:
    """What ``encode_block`` was given. Raises MetadataError."""
    try:
        block = _block.decode(data)
    except DecodeError as error:
        raise MetadataError(str(error)) from None
    return block.mark, bytes(block.entry)


def _mapped(fields: _Fields, change: Callable[[str], str], *, is_escaped: bool) -> _Fields:
    """The same with every text changed."""
    return _Fields(
        change(fields.key),
        fields.serial,
        fields.status,
        tuple((change(name), change(value)) for name, value in fields.headers),
        tuple((change(name), None if value is None else change(value)) for name, value in fields.selection),
        fields.freshness,
        fields.initial_age_ms,
        fields.response_ms,
        fields.size_bytes,
        fields.position,
        fields.soft_purged_ms,
        fields.part,
        is_escaped,
    )


# Bytes of a request that are no UTF-8 stand in a text as lone surrogates, which MessagePack has no room for.
def _escaped(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _unescaped(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "surrogatepass")
