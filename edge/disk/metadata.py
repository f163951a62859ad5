"""An entry as bytes: MessagePack arrays, the fields in the order of ``Entry``.

Decoding a hundred thousand of them is most of a start, so equal header fields and freshness become one object
and nothing is checked twice: what is decoded here was encoded here, and has passed a checksum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple

from msgspec import DecodeError, Raw, Struct
from msgspec.msgpack import Decoder, Encoder

from caching import Entry, Headers
from caching.entry import Part
from caching.freshness import Freshness
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
    names: Raw
    """Of the header fields: a tuple of text, the same for thousands of entries."""
    values: tuple[str, ...]
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
_names_of: Final = lru_cache(maxsize=512)(Decoder(tuple[str, ...]).decode)
_block: Final = Decoder(_Block)


def encode_entry(entry: Entry) -> bytes:
    """The entry as ``decode_entry`` takes it."""
    try:
        return _encoder.encode(_fields_of(entry, is_escaped=False))
    except UnicodeEncodeError:
        return _encoder.encode(_fields_of(_mapped(entry, _escaped), is_escaped=True))


def _fields_of(entry: Entry, *, is_escaped: bool) -> _Fields:
    names, values = _apart(entry.headers)
    return _Fields(
        entry.key,
        entry.serial,
        entry.status,
        Raw(_encoder.encode(names)),
        values,
        entry.selection,
        entry.freshness,
        entry.initial_age_ms,
        entry.response_ms,
        entry.size_bytes,
        entry.position,
        entry.soft_purged_ms,
        entry.part,
        is_escaped,
    )


def decode_entry(data: bytes | memoryview) -> Entry:
    """The entry that was encoded, with what others say too kept once. Raises MetadataError."""
    try:
        fields = _fields.decode(data)
        names = _names_of(bytes(fields.names))
        entry = Entry(
            fields.key,
            fields.serial,
            fields.status,
            Headers.as_kept(names, fields.values),
            same(fields.selection),
            same(fields.freshness),
            fields.initial_age_ms,
            fields.response_ms,
            fields.size_bytes,
            fields.position,
            fields.soft_purged_ms,
            fields.part,
        )
        return _mapped(entry, _unescaped) if fields.is_escaped else entry
    except (DecodeError, UnicodeError) as error:
        raise MetadataError(str(error)) from None


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


def _apart(headers: Headers) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the field lines, and their values."""
    pairs = tuple(headers)
    return tuple(name for name, _ in pairs), tuple(value for _, value in pairs)


def _mapped(entry: Entry, change: Callable[[str], str]) -> Entry:
    """The same with every text changed."""
    names, values = _apart(entry.headers)
    return replace(
        entry,
        key=change(entry.key),
        headers=Headers.as_kept(tuple(map(change, names)), tuple(map(change, values))),
        selection=tuple(
            (change(name), None if value is None else change(value)) for name, value in entry.selection
        ),
    )


# Bytes of a request that are no UTF-8 stand in a text as lone surrogates, which MessagePack has no room for.
def _escaped(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _unescaped(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "surrogatepass")
