"""The HTTP face of a node: what is asked of the cache goes to an Exchange, the rest is the node's own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from aiohttp import HttpVersion11, web

from caching import Exchange, Request
from caching.reasons import CutOff
from edge.answers import head_bytes
from edge.client import refusal
from edge.clock import Timing
from edge.connections import Connections, Full
from edge.driver import Driver
from edge.exporter import Exporter
from edge.flaws import Flaw
from edge.handshake import TlsFailure
from edge.inlet import Inlet
from edge.parsed import ParsedClient, last_refusal
from edge.shell import Shell
from edge.target import Aim, Aimless, aim_of
from edge.upload import Upload
from edge.wire import received

_log = logging.getLogger(__name__)

# RFC 9110 section 15.5.9.
_TOO_LATE = 408
_TOO_LATE_TEXT = "the request did not come whole in the time that it may take"
_BUSY = 503
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Handler:
    """Called by aiohttp for each request. ``why_not_ready`` names what keeps the node from serving."""

    def __init__(
        self, shell: Shell, why_not_ready: Callable[[], str | None], connections: Connections
    ) -> None:
        self._shell = shell
        self._why_not_ready = why_not_ready
        self._exporter = Exporter(shell.counters, shell.cache, shell.now_ms, connections, shell.tiered)
        self.own_paths = {"/healthz": self._healthz, "/readyz": self._readyz, "/metrics": self._metrics}

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.raw_path.partition("?")[0]
        own = self.own_paths.get(path) if request.method in ("GET", "HEAD") else None
        if own is None:
            return await self._answer(request)
        response = own()
        if self._shell.draining:
            response.force_close()
        return response

    def _healthz(self) -> web.Response:
        return web.json_response({"status": "ok"})

    def _readyz(self) -> web.Response:
        why_not = self._why_not_ready()
        if why_not is not None:
            return web.json_response({"status": "not ready", "why": why_not}, status=503)
        return web.json_response({"status": "ready", "position": self._shell.cache.position})

    def _metrics(self) -> web.Response:
        self._shell.write_up()
        return web.Response(body=self._exporter.text(), headers={"Content-Type": _METRICS_TYPE})

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """What the cache has to do with, through an Exchange; what it has not is refused."""
        client, aim = ParsedClient(request, partial(self._is_last, request)), self._aim_of(request)
        if isinstance(aim, Aimless):
            await client.refuse(aim.status, aim.error, aim.message, self._shell.settings.name)
            self._shell.refused(
                aim.error, client.address, method=request.method, target=request.raw_path, status=aim.status
            )
        else:
            await self._exchange(request, client, aim)
        if client.response is None:
            raise RuntimeError(f"{request!r} ended without an answer")
        return client.response

    async def _exchange(self, request: web.BaseRequest, client: ParsedClient, aim: Aim) -> None:
        shell, timing = self._shell, Timing(self._shell.now_ms())
        head = Request(request.method, *aim, received(request.raw_headers))
        if request.version < HttpVersion11:  # which knows no Expect (RFC 9110 section 10.1.1)
            head = head._replace(headers=head.headers.without(("expect",)))
        from_peer = shell.badge.proves(head.headers)
        head = head._replace(from_peer=from_peer, client=client.address)
        exchange = Exchange(shell.cache, head)
        with shell.busy():
            upload = _upload_of(request)
            driver = Driver(shell, exchange, client, upload=upload)
            try:
                await driver.run()
            finally:
                shell.finished(exchange, "peer" if from_peer else "client", client, timing)

    def on_flaw(self, flaw: Flaw, address: str) -> web.StreamResponse:
        """What came from a client is no request: enter it in the books, and say what is wrong."""
        self._shell.counters.flaws["client", flaw.error] += 1
        self._shell.refused(flaw.error, address, status=flaw.status)
        return last_refusal(flaw.status, flaw.error, flaw.message, self._shell.settings.name)

    def on_cut_off(self, why: CutOff, inlet: Inlet) -> web.StreamResponse | None:
        """A client is cut off: enter it in the books, and say why, where that can still be said.

        What it was being sent, or sending, has a line of its own in the access log.
        """
        self._shell.counters.cut_off[why.value] += 1
        # That an idle connection is closed is in the order of things.
        _log.log(logging.DEBUG if why is CutOff.IDLE else logging.INFO, "%s: %s", inlet.address, why.value)
        if why is CutOff.HEAD_UNFINISHED:
            self._shell.refused(why.value, inlet.address, status=_TOO_LATE)
        elif why is not CutOff.UPLOAD_SLOW:
            return None
        return last_refusal(_TOO_LATE, why.value, _TOO_LATE_TEXT, self._shell.settings.name)

    def on_full(self, full: Full, address: str) -> bytes:
        """A client is not let in: enter it in the books, and say why."""
        self._shell.refused(full.error, address, status=_BUSY)
        reply, body = refusal(_BUSY, full.error, full.message, self._shell.settings.name)
        return head_bytes(_BUSY, reply.headers, len(body), closes=True) + body

    def on_tls_failure(self, why: TlsFailure) -> None:
        """Someone who would speak TLS could not, or is none who would."""
        self._shell.counters.tls_failures[why.value] += 1

    def _is_last(self, request: web.BaseRequest) -> bool:
        """Whether the connection ends with this answer."""
        inlet = request.protocol
        return self._shell.draining or (isinstance(inlet, Inlet) and inlet.breaks_off(request))

    def _aim_of(self, request: web.BaseRequest) -> Aim | Aimless:
        host = request.headers.get("Host")
        return aim_of(request.method, request.raw_path, host, request.scheme, self._shell.settings)


def _upload_of(request: web.BaseRequest) -> Upload | None:
    """The body to pass on; that of a GET has no meaning, and is not (RFC 9110 section 9.3.1)."""
    if request.method in ("GET", "HEAD") or not request.body_exists:
        return None
    if isinstance(request.protocol, Inlet):
        request.protocol.watch(request.content)
    return Upload(request.content.iter_any())
