"""The client's connection: looks at each message's form before aiohttp's parser does, and refuses flaws.

aiohttp is given heads that have been looked at whole, and bodies whose every chunk has; so its parser and
this node cannot read one message in two ways. What has a flaw it never sees: a byte that it must refuse
takes its place, so that the refusal comes in its turn, after the answers that are due before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_exceptions import BadHttpMethod, HttpProcessingError, LineTooLong

from caching.reasons import CutOff
from edge.flaws import Flaw
from edge.framing import RequestScan
from edge.settings import HeadLimits
from edge.turns import Turns

# Refused wherever in a message it stands.
_POISON = b"\x00"
_LINGER_S = 1.0

_HEAD = ("head",)


OnFlaw = Callable[[Flaw, str], web.StreamResponse]
"""Told of a flaw and of the client's address; returns what to answer."""


class FlawedUploadError(Exception):
    """The rest of a request's body will not come, for it has a flaw."""


class Inlet(Turns):
    """One client's connection."""

    def __init__(
        self,
        manager: web.Server,
        *,
        limits: HeadLimits,
        on_flaw: OnFlaw,
        **options: Any,
    ) -> None:
        room = 2 * limits.max_head_bytes  # so that the limits here are the ones that count
        super().__init__(
            manager, max_line_size=room, max_field_size=room, max_headers=2 * limits.max_fields, **options
        )
        self._scan = RequestScan(limits)
        self._on_flaw = on_flaw
        self._refusal: web.StreamResponse | None = None
        self._upload: StreamReader | None = None
        self._gone = asyncio.Event()
        self._writer: AbstractStreamWriter | None = None
        self._standing: tuple[object, ...] | None = None
        self._looks = 0
        self._idle_since_s = 0.0

    def serve(self, writer: AbstractStreamWriter) -> None:
        """A request is about to be answered through a writer."""
        self._writer = writer

    def look(self, patience: int) -> CutOff | None:
        """Why the client is to be cut off, if it has kept this node waiting at so many looks in a row.

        Looks are counted and not seconds: a node that was held up itself has nobody to blame for it.
        """
        standing = self._waiting_for()
        if standing is None or standing != self._standing:
            self._standing, self._looks = standing, 0
            return None
        self._looks += 1
        if self._looks < patience:
            return None
        return CutOff.HEAD_UNFINISHED if standing == _HEAD else CutOff.CLIENT_STALLED

    def _waiting_for(self) -> tuple[object, ...] | None:
        """What this node waits for; the same as before when nothing has moved since."""
        unsent = self.unsent_bytes
        if unsent:
            written = 0 if self._writer is None else self._writer.output_size
            put_bytes = 0 if self.outflow is None else self.outflow.put_bytes
            return id(self._writer), written + put_bytes - unsent
        return _HEAD if self._scan.in_head else None

    @property
    def idle_since_s(self) -> float | None:
        """Since when nothing was asked, by the loop's clock; None while something is."""
        waits = self._waiter is not None and not self._waiter.done() and self._held is None
        return self._idle_since_s if waits and not self._scan.in_head else None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._idle_since_s = self._loop.time()

    def release(self, *, closes: bool) -> None:
        self._idle_since_s = self._loop.time()
        super().release(closes=closes)

    def watch(self, upload: StreamReader) -> None:
        """Tell whoever reads this body when it turns out to have a flaw."""
        self._upload = upload
        self._break_upload()

    def breaks_off(self, request: web.BaseRequest) -> bool:
        """Whether the rest of a request's body will not come, for it has a flaw."""
        return self._refusal is not None and not request.content.is_eof()

    def _pass_to_parser(self, data: bytes) -> bool:
        if not data:
            web.RequestHandler.data_received(self, data)
        elif self._refusal is None:
            if passed := self._scan.feed(data):
                web.RequestHandler.data_received(self, passed)
            if self._scan.flaw is not None:
                self._refuse(self._scan.flaw)
        return self._refusal is None and self._scan.at_rest

    def _refuse(self, flaw: Flaw) -> None:
        self._refusal = self._on_flaw(flaw, self.address)
        if not self._scan.in_body:
            web.RequestHandler.data_received(self, _POISON)
        else:
            self._break_upload()

    def _break_upload(self) -> None:
        flaw = self._scan.flaw
        if flaw is not None and self._upload is not None and not self._upload.is_eof():
            self._upload.set_exception(FlawedUploadError(flaw.error))

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what the parser refused, in our own words."""
        if not isinstance(exc, HttpProcessingError):
            return super().handle_error(request, status, exc, message)
        if self._refusal is None:
            self._refusal = self._on_flaw(_flaw_of(exc), self.address)
        return self._refusal

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        finished = await super().finish_response(request, resp, start_time)
        self._idle_since_s = self._loop.time()
        if resp is self._refusal or self.breaks_off(request):
            await self._linger()
            self.force_close()
        return finished

    async def _linger(self) -> None:
        """Leave the client time to read: closed at once, with more on its way, the answer would be lost."""
        if self.transport is not None and self.transport.can_write_eof():
            self.transport.write_eof()
            await asyncio.wait([asyncio.ensure_future(self._gone.wait())], timeout=_LINGER_S)

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        self._gone.set()


def _flaw_of(error: HttpProcessingError) -> Flaw:
    if isinstance(error, BadHttpMethod):
        return Flaw.METHOD
    return Flaw.HEAD_TOO_LARGE if isinstance(error, LineTooLong) else Flaw.UNREADABLE
