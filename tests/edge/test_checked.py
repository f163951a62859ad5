import hashlib
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching.digests import BodyDigest
from edge.checked import DigestMismatchError, checked


async def arriving(pieces: list[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def digest_of(content: bytes) -> BodyDigest:
    return BodyDigest("sha-256", hashlib.sha256(content).digest())


@given(st.lists(st.binary(max_size=8)))
async def test_a_body_that_agrees_comes_whole(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    assert b"".join([piece async for piece in checked(arriving(pieces), digest_of(whole))]) == whole


@given(st.lists(st.binary(max_size=8)))
async def test_of_another_body_the_end_is_kept_back(pieces: list[bytes]) -> None:
    whole, got = b"".join(pieces), b""
    with pytest.raises(DigestMismatchError):
        async for piece in checked(arriving(pieces), digest_of(whole + b"x")):
            got += piece
    assert got == whole[:-1]


async def test_what_announces_nothing_passes_as_it_came() -> None:
    assert [piece async for piece in checked(arriving([b"ab", b"c"]), None)] == [b"ab", b"c"]


async def test_only_one_byte_is_behind() -> None:
    got: list[bytes] = []
    async for piece in checked(arriving([b"abc", b"def"]), digest_of(b"abcdef")):
        got.append(piece)
        assert len(b"".join(got)) in (2, 5, 6)
    assert got == [b"ab", b"cde", b"f"]
