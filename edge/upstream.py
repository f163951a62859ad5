"""Asking upstream: the key's owner among the peers, then the origin. Obeys a Fetch; decides nothing else.

What goes wrong on the way becomes an UpstreamError with the Failure that the core understands, once.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import AsyncGenerator, Callable
from functools import cache
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from caching import Failure, Fetch, Request, ResponseHead
from caching.badge import Badge
from caching.fields import parse_delta_s
from caching.headers import Pair
from caching.messages import POSITION
from edge.arrival import Arrival, BrokenOffError, FlawedAnswerError
from edge.call import OnInterim, call_of
from edge.clock import Clock
from edge.counters import Counters
from edge.dial import Endpoint
from edge.membership import Membership
from edge.pool import Pool
from edge.settings import EdgeSettings
from edge.upload import Upload

_log = logging.getLogger(__name__)

# RFC 3986 section 3.3, and what is encoded already.
_OF_A_PATH = "/:@!$&'()*+,;=~-._%"


class UpstreamError(Exception):
    """Upstream could not be asked, or broke off."""

    def __init__(self, failure: Failure, detail: str) -> None:
        super().__init__(detail)
        self.failure = failure


class Source(NamedTuple):
    """Who was asked. ``peer`` is its name, or None for the origin."""

    base_url: str
    peer: str | None

    @property
    def kind(self) -> str:
        return "origin" if self.peer is None else "peer"


class Answer:
    """An upstream response whose head has come and whose body may be read once."""

    def __init__(
        self,
        arrival: Arrival,
        head: ResponseHead,
        source: Source,
        counters: Counters,
        failed: Callable[[Source, Failure, str], UpstreamError],
    ) -> None:
        self.source = source
        self.head = head
        self.received_bytes = 0
        self._arrival = arrival
        self._counters = counters
        self._failed = failed

    def whole(self) -> bytes | None:
        """The whole body, if it has come already; None if it has to be waited for."""
        content = self._arrival.whole()
        if content is not None:
            self._received(content)
        return content

    async def body(self) -> AsyncGenerator[bytes, None]:
        """The body as it arrives; raises UpstreamError when it does not arrive whole."""
        try:
            while (piece := await self._arrival.piece()) is not None:
                self._received(piece)
                yield piece
        except TimeoutError as error:
            raise self._failed(self.source, Failure.TIMEOUT, "body stalled") from error
        except (BrokenOffError, FlawedAnswerError) as error:
            if isinstance(error, FlawedAnswerError):
                self._counters.flaws[self.source.kind, error.flaw.error] += 1
            raise self._failed(self.source, Failure.ABORTED, str(error)) from error

    def _received(self, piece: bytes) -> None:
        self._counters.upstream_bytes[self.source.kind] += len(piece)
        self.received_bytes += len(piece)

    def close(self) -> None:
        """Let go of it: of the connection too, unless the body has come to its end."""
        self._arrival.close()


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
        self._pools: dict[str, tuple[Pool, str]] = {}

    def stop(self) -> None:
        """End all connections."""
        for pool, _ in self._pools.values():
            pool.close()

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
        if not fetch.origin_only:
            peer = self._membership.peer_for(key, self._now_ms())
            while peer is not None:
                try:
                    source = Source(peer[1].rstrip("/"), peer[0])
                    return await self._send(source, fetch, request, body, on_interim)
                except UpstreamError:
                    peer = self._membership.peer_for(key, self._now_ms())
        return await self._send(self._origin, fetch, request, body, on_interim)

    async def _send(
        self,
        source: Source,
        fetch: Fetch,
        request: Request,
        body: Upload | None,
        on_interim: OnInterim | None,
    ) -> Answer:
        limits = self._settings
        head_ms = limits.head_timeout_ms if source.peer is None else limits.peer_head_timeout_ms
        self._counters.upstream_requests[source.kind] += 1
        try:
            pool, prefix = self._pool_of(source)
            fields = self._fields_for(source, request)
            call = call_of(fetch, prefix + request.target, fields, body, on_interim, head_ms)
            return self._answer(await pool.ask(call), source)
        except TimeoutError as error:
            raise self._failed(source, Failure.TIMEOUT, f"no answer within {head_ms} ms") from error
        except (BrokenOffError, OSError) as error:
            if body is not None and body.failure is not None:
                raise UpstreamError(body.failure, str(error)) from error
            raise self._failed(source, Failure.UNREACHABLE, str(error)) from error
        except (FlawedAnswerError, ValueError) as error:
            self._count_flaw(source, error)
            raise self._failed(source, Failure.INVALID, str(error)) from error

    def _fields_for(self, source: Source, request: Request) -> tuple[Pair, ...]:
        host = ("host", request.authority)
        badge = self._badge.field if source.peer is not None else None
        return (host,) if badge is None else (host, badge)

    def _pool_of(self, source: Source) -> tuple[Pool, str]:
        """The connections to a source, and what its base URL puts before each target."""
        found = self._pools.get(source.base_url)
        if found is None:
            # Those of peers that have gone go too.
            self._pools = {url: pool for url, pool in self._pools.items() if len(pool[0])}
            url = urlsplit(source.base_url)
            tls = _trusting() if url.scheme == "https" else None
            endpoint = Endpoint(url.hostname or "", url.port or (443 if tls else 80), tls)
            pool = Pool(endpoint, self._heads, self._settings)
            found = self._pools[source.base_url] = pool, quote(url.path, safe=_OF_A_PATH)
        return found

    def _answer(self, arrival: Arrival, source: Source) -> Answer:
        try:
            return Answer(arrival, _head_of(arrival, source), source, self._counters, self._failed)
        except ValueError:
            arrival.close()
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


def _head_of(arrival: Arrival, source: Source) -> ResponseHead:
    """The head as the core knows it; raises ValueError for one that is no final answer (RFC 9110 15)."""
    head = arrival.scan.head
    assert head is not None, "a pool returns what has a head"
    if not 200 <= head.status <= 599:
        raise ValueError(f"status {head.status} is no final answer")
    if source.peer is None:
        return ResponseHead(head.status, head.headers)
    # A peer that does not say where it stands counts as behind every purge.
    return ResponseHead(head.status, head.headers, parse_delta_s(head.headers.get(POSITION)) or 0)


@cache
def _trusting() -> ssl.SSLContext:
    """Whom to trust: whom the system trusts."""
    return ssl.create_default_context()
