"""The body of a request on its way upstream."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator


class Upload:
    """Passes a body on as it comes. ``broken`` tells that the client did not send it whole."""

    def __init__(self, pieces: AsyncIterable[bytes]) -> None:
        self.broken = False
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._pieces:
                yield piece
        except Exception:
            self.broken = True
            raise
