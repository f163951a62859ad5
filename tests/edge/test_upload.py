"""What a body that does not come whole leaves behind; test_inlet has it on real connections."""

from collections.abc import AsyncIterator

import pytest

from caching import Failure
from edge.upload import Upload, UploadError


async def pieces(why_not: Exception | None) -> AsyncIterator[bytes]:
    yield b"ab"
    if why_not is not None:
        raise why_not
    yield b"c"


async def test_a_whole_body_passes() -> None:
    upload = Upload(pieces(None))
    assert b"".join([piece async for piece in upload]) == b"abc" and upload.failure is None


@pytest.mark.parametrize(
    ("why_not", "failure"),
    [
        (ConnectionResetError(), Failure.UPLOAD_BROKEN),
        (UploadError(Failure.UPLOAD_SLOW, "too slow"), Failure.UPLOAD_SLOW),
    ],
)
async def test_one_that_breaks_off_says_why(why_not: Exception, failure: Failure) -> None:
    upload = Upload(pieces(why_not))
    with pytest.raises(type(why_not)):
        [piece async for piece in upload]
    assert upload.failure is failure
