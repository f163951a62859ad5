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
from aiohttp.http_exceptions import BadHttpMethod, HttpProcessingError, LineTooLong

from edge.flaws import Flaw
from edge.framing import RequestScan
from edge.settings import HeadLimits

# Refused wherever in a message it stands.
_POISON = b"\x00"
_LINGER_S = 1.0

OnFlaw = Callable[[Flaw, str], web.StreamResponse]
"""Told of a flaw and of the client's address; returns what to answer."""


class FlawedUploadError(Exception):
    """The rest of a request's body will not come, for it has a flaw."""


class Inlet(web.RequestHandler):
    """One client's connection."""

    def __init__(self, manager: web.Server, *, limits: HeadLimits, on_flaw: OnFlaw, **options: Any) -> None:
        room = 2 * limits.max_head_bytes  # so that the limits here are the ones that count
        super().__init__(
            manager, max_line_size=room, max_field_size=room, max_headers=2 * limits.max_fields, **options
        )
        self._scan = RequestScan(limits)
        self._on_flaw = on_flaw
        self._refusal: web.StreamResponse | None = None
        self._upload: StreamReader | None = None
        self._gone = asyncio.Event()

    def watch(self, upload: StreamReader) -> None:
        """Tell whoever reads this body when it turns out to have a flaw."""
        self._upload = upload
        self._break_upload()

    def breaks_off(self, request: web.BaseRequest) -> bool:
        """Whether the rest of a request's body will not come, for it has a flaw."""
        return self._refusal is not None and not request.content.is_eof()

    def data_received(self, data: bytes) -> None:
        if not data:  # aiohttp goes on with what it has held back
            super().data_received(data)
        elif self._refusal is None:
            if passed := self._scan.feed(data):
                super().data_received(passed)
            if self._scan.flaw is not None:
                self._refuse(self._scan.flaw)

    def _refuse(self, flaw: Flaw) -> None:
        self._refusal = self._on_flaw(flaw, self._address())
        if not self._scan.in_body:
            super().data_received(_POISON)
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
            self._refusal = self._on_flaw(_flaw_of(exc), self._address())
        return self._refusal

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        finished = await super().finish_response(request, resp, start_time)
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

    def _address(self) -> str:
        return self.peername[0] if isinstance(self.peername, tuple) else ""


def _flaw_of(error: HttpProcessingError) -> Flaw:
    if isinstance(error, BadHttpMethod):
        return Flaw.METHOD
    return Flaw.HEAD_TOO_LARGE if isinstance(error, LineTooLong) else Flaw.UNREADABLE
