"""The body of a request on its way upstream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator


class Upload:
    """Passes a body on as it comes. ``broken`` tells that the client did not send it whole."""

    def __init__(self, pieces: AsyncIterable[bytes]) -> None:
        self.broken = False
        self.limit: asyncio.Timeout | None = None
        """What is put off by ``limit_s`` with each piece: upstream is waited for when it has the body."""
        self.limit_s = 0.0
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._pieces:
                self._put_off()
                yield piece
            self._put_off()
        except Exception:
            self.broken = True
            raise

    def _put_off(self) -> None:
        if self.limit is not None and not self.limit.expired():
            self.limit.reschedule(asyncio.get_running_loop().time() + self.limit_s)
