"""The body of a request on its way upstream."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator

from caching import Failure


class UploadError(Exception):
    """The rest of a request's body will not come, or is not waited for."""

    def __init__(self, failure: Failure, detail: str) -> None:
        super().__init__(detail)
        self.failure = failure


class Upload:
    """Passes a body on as it comes. ``failure`` tells why the client did not send it whole, if it did not."""

    def __init__(self, pieces: AsyncIterable[bytes]) -> None:
        self.failure: Failure | None = None
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._pieces:
                yield piece
        except Exception as error:
            self.failure = error.failure if isinstance(error, UploadError) else Failure.UPLOAD_BROKEN
            raise
