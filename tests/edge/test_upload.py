"""What a body that does not come whole leaves behind; test_inlet has it on real connections."""

from collections.abc import AsyncIterator

import pytest

from edge.upload import Upload


async def pieces(*, whole: bool) -> AsyncIterator[bytes]:
    yield b"ab"
    if not whole:
        raise ConnectionResetError
    yield b"c"


async def test_a_whole_body_passes() -> None:
    upload = Upload(pieces(whole=True))
    assert b"".join([piece async for piece in upload]) == b"abc" and not upload.broken


async def test_one_that_breaks_off_says_so() -> None:
    upload = Upload(pieces(whole=False))
    with pytest.raises(ConnectionResetError):
        [piece async for piece in upload]
    assert upload.broken
