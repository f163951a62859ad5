"""The body of a request on its way upstream: as it comes, by length or in chunks, after a 100 if need be.

Upstream is waited for from the last piece on, so each piece puts that off; while the client is waited for,
upstream is not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from caching import Headers
from edge.call import Call
from edge.heads import Interim
from edge.responses import ResponseScan

_CONTINUE = Interim(100, Headers())


class Sending:
    """One body behind a head that has been sent already. ``done`` tells that all of it is on its way."""

    def __init__(
        self,
        call: Call,
        write: Callable[[bytes], Awaitable[None]],
        put_off: Callable[[], None],
        hold: Callable[[], None],
    ) -> None:
        self.done = False
        self._call, self._write = call, write
        self._put_off, self._hold = put_off, hold
        self._leave = asyncio.get_running_loop().create_future()

    async def run(self, continue_s: float) -> None:
        """Send it all; a 100 that the client expects is waited for so long. Raises what the upload raises.

        It stays where it is when the final response comes first (RFC 9110 section 10.1.1).
        """
        assert self._call.upload is not None
        if self._call.expects_continue and not await self._may_leave(continue_s):
            return
        self._hold()
        async for piece in self._call.upload:
            self._put_off()
            if piece:
                await self._write(b"%x\r\n%b\r\n" % (len(piece), piece) if self._call.chunked else piece)
            self._hold()
        if self._call.chunked:
            await self._write(b"0\r\n\r\n")
        self._put_off()
        self.done = True

    async def _may_leave(self, within_s: float) -> bool:
        done, _ = await asyncio.wait([self._leave], timeout=within_s)
        if done:
            return bool(self._leave.result())
        # Upstream says nothing to an Expect, as old servers do: the client is told in its place.
        if self._call.on_interim is not None:
            self._call.on_interim(_CONTINUE)
        return True

    def on_answer(self, scan: ResponseScan) -> None:
        """Something of the response has come."""
        if not self._leave.done() and (scan.continued or scan.head is not None):
            self._leave.set_result(scan.head is None)
