"""`asset.json`: what is known about an asset, written beside its media.

Delivery needs this file and the media, and nothing else: no database. It carries the number of its schema, so
that a newer layout can be told from a damaged file. Storage writes and reads it.
"""

import msgspec

from manifests.asset import Asset
from origin.errors import CorruptDescriptionError

SCHEMA = 1


class Description(msgspec.Struct, frozen=True):
    """The layout of the file."""

    schema: int
    asset: Asset


class _Envelope(msgspec.Struct):
    schema: int


def encode_description(asset: Asset) -> bytes:
    """The bytes of the file."""
    return msgspec.json.format(msgspec.json.encode(Description(SCHEMA, asset)), indent=1) + b"\n"


def decode_description(data: bytes, asset_id: str) -> Asset:
    """The asset that the bytes describe, which is to be `asset_id`.

    Raises CorruptDescriptionError for what isn't JSON, lacks or contradicts a fact, describes another asset,
    or was written by a newer version.
    """
    try:
        schema = msgspec.json.decode(data, type=_Envelope).schema
        if schema != SCHEMA:
            raise CorruptDescriptionError(
                f"asset {asset_id!r}: its description has schema {schema}; this version reads {SCHEMA}"
            )
        asset = msgspec.json.decode(data, type=Description).asset
    except (msgspec.DecodeError, UnicodeDecodeError) as error:  # the former for contradictions as well
        raise CorruptDescriptionError(f"asset {asset_id!r}: its description is damaged: {error}") from error
    if asset.id != asset_id:
        raise CorruptDescriptionError(f"asset {asset_id!r}: its description is of {asset.id!r}")
    return asset
