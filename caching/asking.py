"""What one exchange asks of upstream: for all as a leader, or for its own client, in his words."""

from __future__ import annotations

from caching.actions import Fetch
from caching.cache import Cache
from caching.entry import Entry
from caching.forward import headed_by, leader_headers, passed_headers
from caching.headers import Headers
from caching.messages import Request
from caching.parts import Likeness
from caching.tier import may_ask_peer


class Asking:
    """How to ask, as far as an exchange has come to know: it sets the fields by its rules."""

    def __init__(self, cache: Cache, request: Request) -> None:
        self._cache, self._request = cache, request
        self.asked_ms = 0
        """When it was last asked."""
        self.origin_only = False
        """A peer had nothing of use to say."""
        self.unconditional = False
        """The validators of what is stored had made no sense to upstream."""
        self.words: Headers | None = None
        """What to say in place of the client's own words."""
        self.span: str | None = None
        """The Range that a leader asks for; None for the whole."""
        self.like: Likeness | None = None
        """What that must belong together with, if anything (RFC 9110 section 13.1)."""

    def for_all(self, stored: Entry | None, now_ms: int) -> Fetch:
        """As a leader: on condition that it differs from what is stored."""
        known = None if self.unconditional else stored
        headers = leader_headers(self._request, known, self._cache.settings)
        if self.span is not None:
            condition = () if self.like is None or known is not None else (self.like.condition,)
            headers = headers.replacing((("range", self.span), *condition))
        method = "GET" if headed_by(self._request, stored) is None else "HEAD"
        return self._fetch(method, headers, now_ms)

    def for_one(self, now_ms: int) -> Fetch:
        """For this client alone."""
        request = self._request if self.words is None else self._request._replace(headers=self.words)
        return self._fetch(request.method, passed_headers(request, self._cache.settings), now_ms)

    def _fetch(self, method: str, headers: Headers, now_ms: int) -> Fetch:
        self.asked_ms = now_ms
        fenced = self._cache.is_fenced(now_ms)
        return Fetch(method, headers, self.origin_only or fenced or not may_ask_peer(self._request))
