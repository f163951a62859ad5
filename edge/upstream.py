"""Asking upstream: the key's owner among the peers, then the origin. Obeys a Fetch; decides nothing else.

What goes wrong on the way becomes an UpstreamError with the Failure that the core understands, once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from typing import NamedTuple

import aiohttp
from yarl import URL

from caching import Failure, Fetch, Headers, Request, ResponseHead
from caching.badge import Badge
from caching.fields import parse_delta_s
from caching.messages import POSITION
from edge.clock import Clock
from edge.counters import Counters
from edge.membership import Membership
from edge.outlet import Connector, Ear, FlawedAnswerError, OnInterim, ear
from edge.settings import EdgeSettings
from edge.upload import Upload
from edge.wire import received, sendable

_log = logging.getLogger(__name__)

_PIECE_BYTES = 256 * 1024
# What aiohttp would add by itself to a request that came without it.
_NOT_ADDED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")

# Fields of the connection to upstream, which this node says for itself.
_OUR_OWN = ("host", "content-length", "expect")


class UpstreamError(Exception):
    """Upstream could not be asked, or broke off."""

    def __init__(self, failure: Failure, detail: str) -> None:
        super().__init__(detail)
        self.failure = failure


class Source(NamedTuple):
    """Who was asked. ``peer`` is its name, or None for the origin."""

    base_url: str
    peer: str | None

    def url_of(self, target: str) -> URL:
        """Where to ask for a target. All of it is made the path, or an empty query would be lost."""
        base = URL(self.base_url)
        path = base.raw_path.rstrip("/") + target
        host = base.raw_host or ""
        return URL.build(scheme=base.scheme, host=host, port=base.port, path=path, encoded=True)

    @property
    def kind(self) -> str:
        return "origin" if self.peer is None else "peer"


class Answer:
    """An upstream response whose head has come and whose body may be read once."""

    def __init__(
        self,
        response: aiohttp.ClientResponse,
        source: Source,
        counters: Counters,
        failed: Callable[[Source, Failure, str], UpstreamError],
    ) -> None:
        self.source = source
        self.head = _head_of(response, source)
        self.received_bytes = 0
        self._response = response
        self._counters = counters
        self._failed = failed

    async def body(self) -> AsyncGenerator[bytes, None]:
        """The body as it arrives; raises UpstreamError when it does not arrive whole."""
        try:
            async for piece in self._response.content.iter_any():
                self._counters.upstream_bytes[self.source.kind] += len(piece)
                self.received_bytes += len(piece)
                yield piece
        except TimeoutError as error:
            raise self._failed(self.source, Failure.TIMEOUT, "body stalled") from error
        except (aiohttp.ClientError, OSError) as error:
            if isinstance(error, FlawedAnswerError):
                self._counters.flaws[self.source.kind, error.flaw.error] += 1
            raise self._failed(self.source, Failure.ABORTED, str(error) or type(error).__name__) from error

    def close(self) -> None:
        """Let go of the connection: kept for reuse if the body was read to its end, closed otherwise."""
        self._response.close()


class Upstream:
    """The client side of a node."""

    def __init__(
        self,
        settings: EdgeSettings,
        membership: Membership,
        badge: Badge,
        counters: Counters,
        now_ms: Clock,
    ) -> None:
        self._origin = Source(settings.origin_url.rstrip("/"), None)
        self._membership = membership
        self._badge = badge
        self._settings, self._heads = settings.upstream, settings.heads
        self._counters = counters
        self._now_ms = now_ms
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the pool of connections."""
        timeout = aiohttp.ClientTimeout(
            total=None,
            sock_connect=self._settings.connect_timeout_ms / 1000,
            sock_read=self._settings.read_timeout_ms / 1000,
        )
        self._session = aiohttp.ClientSession(
            connector=Connector(
                self._heads,
                self._settings,
                limit=0,
                limit_per_host=self._settings.connections,
                keepalive_timeout=self._settings.idle_ms / 1000,
            ),
            timeout=timeout,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_NOT_ADDED,
            read_bufsize=_PIECE_BYTES,
            # The limits of the connector are the ones that count.
            max_line_size=2 * self._heads.max_head_bytes,
            max_field_size=2 * self._heads.max_head_bytes,
            max_headers=2 * self._heads.max_fields,
            trust_env=False,
        )

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def ask(
        self,
        fetch: Fetch,
        request: Request,
        key: str,
        body: Upload | None,
        on_interim: OnInterim | None,
    ) -> Answer:
        """Send a Fetch to whom it concerns, and wait for the head. Raises UpstreamError.

        ``on_interim`` is told of each interim response meanwhile.
        """
        expects_continue = body is not None and _expects_continue(fetch.headers)
        listening = Ear(on_interim, expects_continue=expects_continue)
        ear.set(listening)
        try:
            return await self._ask(fetch, request, key, body)
        finally:
            listening.close()

    async def _ask(self, fetch: Fetch, request: Request, key: str, body: Upload | None) -> Answer:
        if not fetch.origin_only:
            peer = self._membership.peer_for(key, self._now_ms())
            while peer is not None:
                try:
                    return await self._send(Source(peer[1].rstrip("/"), peer[0]), fetch, request, body)
                except UpstreamError:
                    peer = self._membership.peer_for(key, self._now_ms())
        return await self._send(self._origin, fetch, request, body)

    async def _send(self, source: Source, fetch: Fetch, request: Request, body: Upload | None) -> Answer:
        limits = self._settings
        head_ms = limits.head_timeout_ms if source.peer is None else limits.peer_head_timeout_ms
        self._counters.upstream_requests[source.kind] += 1
        try:
            async with asyncio.timeout(head_ms / 1000) as limit:
                if body is not None:
                    body.limit, body.limit_s = limit, head_ms / 1000
                try:
                    response = await self._request(source, fetch, request, body)
                finally:
                    if body is not None:
                        body.limit = None
            return self._answer(response, source)
        except TimeoutError as error:
            raise self._failed(source, Failure.TIMEOUT, f"no answer within {head_ms} ms") from error
        except (aiohttp.ClientConnectionError, OSError) as error:
            if body is not None and body.broken:
                raise UpstreamError(Failure.UPLOAD_BROKEN, str(error)) from error
            raise self._failed(source, Failure.UNREACHABLE, str(error)) from error
        except (aiohttp.ClientError, ValueError) as error:
            self._count_flaw(source, error)
            raise self._failed(source, Failure.INVALID, str(error)) from error

    async def _request(
        self, source: Source, fetch: Fetch, request: Request, body: Upload | None
    ) -> aiohttp.ClientResponse:
        assert self._session is not None, "start() comes first"
        headers = [("host", request.authority), *fetch.headers.without(_OUR_OWN)]
        if source.peer is not None and self._badge.field is not None:
            headers.append(self._badge.field)
        length = fetch.headers.get("content-length") if body is not None else None
        if length is not None:
            headers.append(("content-length", length))
        if body is not None and _expects_continue(fetch.headers):
            headers.append(("expect", "100-continue"))
        return await self._session.request(
            fetch.method,
            source.url_of(request.target),
            headers=sendable(headers),
            data=body,
            allow_redirects=False,
        )

    def _answer(self, response: aiohttp.ClientResponse, source: Source) -> Answer:
        try:
            return Answer(response, source, self._counters, self._failed)
        except ValueError:
            response.close()
            raise

    def _count_flaw(self, source: Source, error: Exception) -> None:
        if isinstance(error, FlawedAnswerError):
            self._counters.flaws[source.kind, error.flaw.error] += 1

    def _failed(self, source: Source, failure: Failure, detail: str) -> UpstreamError:
        """Enter a failure in the books; a peer that failed is passed over for a while."""
        self._counters.upstream_failures[source.kind] += 1
        error = UpstreamError(failure, f"{source.base_url}: {detail}")
        if source.peer is not None:
            self._membership.pass_over(source.peer, self._now_ms())
            retry_ms = self._settings.peer_retry_ms
            _log.warning("peer %s is passed over for %d ms: %s", source.peer, retry_ms, error)
        return error


def _expects_continue(headers: Headers) -> bool:
    return (headers.get("expect") or "").lower() == "100-continue"


def _head_of(response: aiohttp.ClientResponse, source: Source) -> ResponseHead:
    """The head as the core knows it; raises ValueError for one that is no final answer (RFC 9110 15)."""
    if not 200 <= response.status <= 599:
        raise ValueError(f"status {response.status} is no final answer")
    headers = received(response.raw_headers)
    if source.peer is None:
        return ResponseHead(response.status, headers)
    # A peer that does not say where it stands counts as behind every purge.
    return ResponseHead(response.status, headers, parse_delta_s(headers.get(POSITION)) or 0)
