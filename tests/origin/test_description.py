"""The file beside the media, whole and damaged."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from origin.description import SCHEMA, decode_description, encode_description
from origin.errors import CorruptDescriptionError
from tests.manifests import samples

ASSET = samples.asset()
DATA = encode_description(ASSET)


def test_an_asset_comes_back_as_it_was() -> None:
    assert decode_description(DATA, "demo") == ASSET


def test_the_file_says_its_schema() -> None:
    assert msgspec.json.decode(DATA)["schema"] == SCHEMA


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "damaged"),
        (b"[]", "damaged"),
        (DATA[:-40], "damaged"),
        (DATA.replace(b'"schema": 1', b'"schema": 2'), "schema 2; this version reads 1"),
        (DATA.replace(b'"duration_ms": 5038', b'"duration_ms": "long"'), "damaged.*duration_ms"),
        (DATA.replace(b'"duration_ms": 5038', b'"duration_ms": -1'), "needs a duration"),
        (DATA.replace(b'"number": 2,', b'"number": 7,', 1), "doesn't follow"),
        (DATA.replace(b'"kind": "audio"', b'"kind": "smell"'), "damaged"),
        (DATA.replace(b'"id": "demo"', b'"id": "../demo"'), "can't name an asset"),
        (DATA.replace(b'"id": "demo"', b'"id": "other"'), "is of 'other'"),
    ],
)
def test_a_damaged_file_is_said_to_be_so(data: bytes, message: str) -> None:
    with pytest.raises(CorruptDescriptionError, match=message) as caught:
        decode_description(data, "demo")
    assert "'demo'" in str(caught.value)


@settings(max_examples=200)
@given(st.integers(0, len(DATA) - 1), st.binary(max_size=3))
def test_any_damage_is_either_harmless_or_said(at: int, put: bytes) -> None:
    try:
        assert decode_description(DATA[:at] + put + DATA[at + 1 :], "demo").id == "demo"
    except CorruptDescriptionError as error:
        assert "demo" in str(error)
