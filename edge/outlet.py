"""The connection to upstream: looks at an answer's form before aiohttp's parser does, and takes 1xx out.

aiohttp's parser is lenient with answers and passes over interim ones; here each head is looked at first.
An interim response goes to whoever asked, and never to the parser; what comes beyond the end of an answer
goes nowhere, and the connection with it (RFC 9112 section 6.3).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

from edge.flaws import Flaw
from edge.framing import ResponseScan
from edge.heads import Interim
from edge.settings import HeadLimits, UpstreamSettings

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

OnInterim = Callable[[Interim], None]


class Ear:
    """Hears the interim responses to one request, until it is closed.

    The context in which a connection was made lives as long as the connection, so what is in it must be
    able to let go.
    """

    def __init__(self, on_interim: OnInterim | None, *, expects_continue: bool) -> None:
        self._on_interim = on_interim
        self.expects_continue = expects_continue
        """Whether the request's body is to wait for a 100."""

    def hear(self, response: Interim) -> None:
        if self._on_interim is not None:
            self._on_interim(response)

    def close(self) -> None:
        self._on_interim = None


ear: ContextVar[Ear | None] = ContextVar("ear", default=None)
"""Of the request that the running task sends."""


class FlawedAnswerError(aiohttp.ClientError):
    """An answer that is none, for its form."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(f"the answer has a flaw: {flaw.error}")
        self.flaw = flaw


class Outlet(ResponseHandler):
    """One connection, on which one request at a time is under way."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, limits: HeadLimits, settings: UpstreamSettings
    ) -> None:
        super().__init__(loop)
        self._limits = limits
        self._settings = settings
        self._scan: ResponseScan | None = None
        self._ear: Ear | None = None

    def set_response_params(self, *, skip_payload: bool = False, **options: Any) -> None:
        """A request is about to be sent: aiohttp says so in the task that sends it."""
        self._scan = ResponseScan(self._limits, to_head=skip_payload, max_interim=self._settings.max_interim)
        self._ear = ear.get()
        if self._ear is not None and self._ear.expects_continue:
            self._scan.expects_continue = True
            wait_s = self._settings.continue_timeout_ms / 1000
            self._loop.call_later(wait_s, self._go_on_anyway, self._scan)
        super().set_response_params(skip_payload=skip_payload, **options)

    def data_received(self, data: bytes) -> None:
        scan = self._scan
        if not data:  # aiohttp goes on with what it has held back
            super().data_received(data)
        elif scan is None or scan.ended:  # nobody has asked
            self.close()
        else:
            passed = scan.feed(data)
            if scan.surplus or (scan.headed and scan.expects_continue):
                self.force_close()  # or the next answer would be to who knows what
            self._tell(scan)
            if passed:
                super().data_received(passed)
            if scan.flaw is not None:
                self._refuse(scan.flaw)

    def _tell(self, scan: ResponseScan) -> None:
        interim, scan.interim = scan.interim, []
        for response in interim:
            if self._ear is not None:
                self._ear.hear(response)

    def _go_on_anyway(self, scan: ResponseScan) -> None:
        """Upstream says nothing to an Expect, as old servers do: its body goes on without."""
        waits = scan.expects_continue and not scan.headed and not scan.in_head
        if scan is self._scan and waits and self.is_connected():
            self.data_received(_CONTINUE)

    def _refuse(self, flaw: Flaw) -> None:
        error = FlawedAnswerError(flaw)
        payload, transport = self._payload, self.transport
        self.set_exception(error)
        if payload is not None:
            payload.set_exception(error)
        if transport is not None:
            transport.abort()


class Connector(aiohttp.TCPConnector):
    """aiohttp's pool, with connections of ours."""

    _factory: Callable[[], ResponseHandler]  # type: ignore[assignment]

    def __init__(self, limits: HeadLimits, settings: UpstreamSettings, **options: Any) -> None:
        super().__init__(**options)
        self._factory = partial(Outlet, self._loop, limits, settings)
