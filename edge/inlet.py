"""The client's connection: looks at each message's form before aiohttp's parser does, and refuses flaws.

aiohttp is given heads that have been looked at whole, and bodies whose every chunk has; so its parser and
this node cannot read one message in two ways. What has a flaw it never sees: a byte that it must refuse
takes its place, so that the refusal comes in its turn, after the answers that are due before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_exceptions import BadHttpMethod, HttpProcessingError, LineTooLong

from caching import Failure
from caching.reasons import CutOff
from edge.flaws import Flaw
from edge.framing import RequestScan
from edge.patience import Patience, Terms, Wait, Waiting
from edge.settings import HeadLimits
from edge.taking import taking_of
from edge.turns import Turns, reset
from edge.upload import UploadError

# Refused wherever in a message it stands.
_POISON = b"\x00"
# How long a client that was refused is listened to for each time that it says more, and how often at most.
_LINGER_S = 1.0
_LINGERS = 10


Admit = Callable[[asyncio.Transport], bytes | None]
"""Asked about each connection; returns what is said to one that is not let in."""

OnFlaw = Callable[[Flaw, str], web.StreamResponse]
"""Told of a flaw and of the client's address; returns what to answer."""


class Inlet(Turns):
    """One client's connection."""

    def __init__(
        self,
        manager: web.Server,
        *,
        limits: HeadLimits,
        terms: Terms,
        max_body_bytes: int,
        admit: Admit,
        on_flaw: OnFlaw,
        **options: Any,
    ) -> None:
        room = 2 * limits.max_head_bytes  # so that the limits here are the ones that count
        super().__init__(
            manager, max_line_size=room, max_field_size=room, max_headers=2 * limits.max_fields, **options
        )
        self._scan = RequestScan(limits, max_body_bytes)
        self._on_flaw = on_flaw
        self._refusal: web.StreamResponse | None = None
        self._upload: StreamReader | None = None
        self._gone = asyncio.Event()
        self._writer: AbstractStreamWriter | None = None
        self._idle_since_s = 0.0
        self._admit = admit
        self.turned_away: bytes | None = None
        """What it was told, if it was not let in."""
        self._patience = Patience(terms)
        self._parsed = 0
        """Requests that aiohttp has begun to answer."""
        self._taken_at = -1
        """At which ``_moved`` the client had taken all that it was sent."""
        self._received_bytes = 0
        self._dropped_bytes = 0
        """What came after a refusal."""

    def serve(self, writer: AbstractStreamWriter) -> None:
        """A request is about to be answered through a writer."""
        self._writer = writer
        self._parsed += 1

    @property
    def is_spare(self) -> bool:
        """Whether nothing has been under way since before the last look."""
        waiting = self._waits_for()
        idle = waiting is not None and waiting.wait is Wait.REQUEST
        return idle and self._patience.was_idle(self._moved)

    def look(self) -> CutOff | None:
        """Look whether the client keeps this node waiting, and why it is to be cut off, if it is."""
        return self._patience.look(self._waits_for())

    def _waits_for(self) -> Waiting | None:
        """What this node waits for from the client; None while the client waits for this node."""
        if self._wire is None:
            return None
        if self.unsent_bytes:
            return self._reading(self._wire)
        if self._refusal is None and self._scan.in_body:
            # While it is not listened to, it is not to blame.
            heard = self._wire.is_reading()
            return Waiting(Wait.BODY, self._moved, self._received_bytes) if heard else None
        if self._request_in_progress or self._messages or self._held is not None:
            return None
        if self._refusal is None and self._scan.in_head:
            return Waiting(Wait.HEAD, self._moved)
        # What was answered may lie in the kernel. Once it is taken, an idle connection is not asked again.
        if self._taken_at != self._moved and (reading := self._reading(self._wire)) is not None:
            return reading
        self._taken_at = self._moved
        return Waiting(Wait.REQUEST, self._moved)

    @property
    def _moved(self) -> int:
        """Grows with each request that is answered, by aiohttp or without: idle is where it stands still."""
        return self._parsed + self._put_bytes

    @property
    def _put_bytes(self) -> int:
        return 0 if self.outflow is None else self.outflow.put_bytes

    def _reading(self, wire: asyncio.Transport) -> Waiting | None:
        """How far the client has come with what it was sent; None when it has taken everything."""
        unsent_bytes, taking = self.unsent_bytes, taking_of(wire)
        if taking is not None:
            return Waiting(Wait.READING, 0, taking.taken_bytes) if unsent_bytes or not taking.is_all else None
        parsed_bytes = 0 if self._writer is None else self._writer.output_size
        sent_bytes = parsed_bytes + self._put_bytes - unsent_bytes
        return Waiting(Wait.READING, self._parsed, sent_bytes) if unsent_bytes else None

    def cut(self, why: CutOff, last: web.StreamResponse | None) -> None:
        """End the connection; with a ``last`` answer, where the client can still be given one."""
        self.cut_off = why
        if why in (CutOff.IDLE, CutOff.MADE_ROOM):
            self.force_close()
        elif why is CutOff.HEAD_UNFINISHED:
            self._refusal = last
            web.RequestHandler.data_received(self, _POISON)
        elif why is CutOff.UPLOAD_SLOW:
            self._refusal = last
            self._break_upload(Failure.UPLOAD_SLOW, why.value)
        else:
            self.reset()

    @property
    def idle_since_s(self) -> float | None:
        """Since when nothing was asked, by the loop's clock; None while something is."""
        waits = self._waiter is not None and not self._waiter.done() and self._held is None
        return self._idle_since_s if waits and not self._scan.in_head else None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        wire = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        last = self._admit(wire)
        if last is not None:
            self._turn_away(wire, last)
            return
        super().connection_made(transport)
        self._idle_since_s = self._loop.time()

    def _turn_away(self, wire: asyncio.Transport, last: bytes) -> None:
        """Say why it is not let in, and leave it time to read that; what it says is not looked at."""
        self.turned_away = last
        if not last:
            reset(wire)
            return
        wire.write(last)
        if wire.can_write_eof():
            wire.write_eof()
        self._loop.call_later(_LINGER_S, wire.abort)

    def release(self, *, closes: bool) -> None:
        self._idle_since_s = self._loop.time()
        super().release(closes=closes)

    def watch(self, upload: StreamReader) -> None:
        """Tell whoever reads this body when it turns out to have a flaw."""
        self._upload = upload
        if self._scan.flaw is not None:
            self._break_upload(_failure_of(self._scan.flaw), self._scan.flaw.error)

    def breaks_off(self, request: web.BaseRequest) -> bool:
        """Whether the rest of a request's body will not come, for it has a flaw."""
        return self._refusal is not None and not request.content.is_eof()

    def _pass_to_parser(self, data: bytes) -> bool:
        if not data:
            web.RequestHandler.data_received(self, data)
        elif self._refusal is None and self.turned_away is None:
            self._received_bytes += len(data)
            if passed := self._scan.feed(data):
                web.RequestHandler.data_received(self, passed)
            if self._scan.flaw is not None:
                self._refuse(self._scan.flaw)
        else:
            self._dropped_bytes += len(data)
        return self._refusal is None and self._scan.at_rest

    def _refuse(self, flaw: Flaw) -> None:
        self._refusal = self._on_flaw(flaw, self.address)
        if not self._scan.in_body:
            web.RequestHandler.data_received(self, _POISON)
        else:
            self._break_upload(_failure_of(flaw), flaw.error)

    def _break_upload(self, failure: Failure, detail: str) -> None:
        if self._upload is not None and not self._upload.is_eof():
            self._upload.set_exception(UploadError(failure, detail))

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
        """Leave the client time to read: closed at once, with more on its way, the answer would be lost.

        One that looks for an answer only when it has sent everything is listened to until then, for a while.
        """
        if self.transport is None:
            return
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.transport.resume_reading()
        for _ in range(_LINGERS):
            dropped_bytes = self._dropped_bytes
            await asyncio.wait([asyncio.ensure_future(self._gone.wait())], timeout=_LINGER_S)
            if self._gone.is_set() or self._dropped_bytes == dropped_bytes:
                return

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        self._gone.set()


def _failure_of(flaw: Flaw) -> Failure:
    """Why a body is not passed on any more in which there is a flaw."""
    return Failure.BODY_TOO_LARGE if flaw is Flaw.BODY_TOO_LARGE else Failure.UPLOAD_BROKEN


def _flaw_of(error: HttpProcessingError) -> Flaw:
    if isinstance(error, BadHttpMethod):
        return Flaw.METHOD
    return Flaw.HEAD_TOO_LARGE if isinstance(error, LineTooLong) else Flaw.UNREADABLE
