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
from edge.settings import HeadLimits

OnInterim = Callable[[Interim], None]


class Ear:
    """Hears the interim responses to one request, until it is closed.

    The context in which a connection was made lives as long as the connection, so what is in it must be
    able to let go.
    """

    def __init__(self, on_interim: OnInterim | None) -> None:
        self._on_interim = on_interim

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

    def __init__(self, loop: asyncio.AbstractEventLoop, limits: HeadLimits, max_interim: int) -> None:
        super().__init__(loop)
        self._limits = limits
        self._max_interim = max_interim
        self._scan: ResponseScan | None = None
        self._ear: Ear | None = None

    def set_response_params(self, *, skip_payload: bool = False, **options: Any) -> None:
        """A request is about to be sent: aiohttp says so in the task that sends it."""
        self._scan = ResponseScan(self._limits, to_head=skip_payload, max_interim=self._max_interim)
        self._ear = ear.get()
        super().set_response_params(skip_payload=skip_payload, **options)

    def data_received(self, data: bytes) -> None:
        scan = self._scan
        if not data:  # aiohttp goes on with what it has held back
            super().data_received(data)
        elif scan is None or scan.ended:  # nobody has asked
            self.close()
        else:
            passed = scan.feed(data)
            if scan.surplus:
                self.force_close()
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

    def __init__(self, limits: HeadLimits, max_interim: int, **options: Any) -> None:
        super().__init__(**options)
        self._factory = partial(Outlet, self._loop, limits, max_interim)
