"""What a request asks of a cache: the directives of its Cache-Control (RFC 9111 section 5.2.1).

A public CDN had better not listen, since any client could make it ask the origin: then there is one demand
for all, which is none.
"""

from __future__ import annotations

from typing import NamedTuple

from caching.entry import Entry
from caching.fields import MAX_DELTA_S, parse_delta_s, parse_directives
from caching.messages import Request
from caching.settings import CacheSettings


class Demand(NamedTuple):
    """How fresh a request wants its response to be."""

    from_peer: bool = False
    """It has a window of staleness of its own: with ours added, an object would be stale for both."""
    no_cache: bool = False
    """Nothing that the origin has not agreed to."""
    no_store: bool = False
    only_if_cached: bool = False
    max_age_ms: int | None = None
    min_fresh_ms: int = 0
    max_stale_ms: int = 0
    stale_if_error_ms: int = 0
    """RFC 5861 section 4."""

    @property
    def asks_anew(self) -> bool:
        """Whether it wants more than that a response is fresh."""
        return self.no_cache or self.max_age_ms is not None or self.min_fresh_ms > 0

    def is_met_by(self, entry: Entry, now_ms: int) -> bool:
        """Whether a fresh entry will do. To ask about an immutable one is of no use (RFC 8246 section 2)."""
        if entry.remaining_ms(now_ms) < self.min_fresh_ms:
            return False
        if entry.freshness.immutable:
            return True
        return not self.no_cache and (self.max_age_ms is None or entry.age_ms(now_ms) < self.max_age_ms)

    def stale_ms(self, entry: Entry) -> int:
        """How stale an entry it would take where the entry itself allows that at all."""
        return 0 if self.no_cache else min(self.max_stale_ms, entry.freshness.stale_limit_ms)

    def error_ms(self, entry: Entry) -> int:
        """How stale an entry it would take in place of an error."""
        asked_ms = min(self.stale_if_error_ms, entry.freshness.stale_limit_ms)
        return asked_ms if self.no_cache else max(asked_ms, entry.freshness.stale_if_error_ms)


NOTHING = Demand()


def demand_of(request: Request, settings: CacheSettings) -> Demand:
    """The demand of a request. Pragma speaks only where Cache-Control does not (RFC 9111 section 5.4)."""
    nothing = Demand(from_peer=True) if request.from_peer else NOTHING
    control, pragma = request.headers.get("cache-control"), request.headers.get("pragma")
    if not settings.honour_request_directives or (control is None and pragma is None):
        return nothing
    directives = parse_directives(pragma if control is None else control)
    if control is None:
        return nothing._replace(no_cache="no-cache" in directives)
    max_age_s = parse_delta_s(directives.get("max-age"))
    max_stale = directives.get("max-stale", "0")
    max_stale_s = MAX_DELTA_S if max_stale is None else parse_delta_s(max_stale) or 0
    return Demand(
        request.from_peer,
        "no-cache" in directives,
        "no-store" in directives,
        "only-if-cached" in directives,
        None if max_age_s is None else max_age_s * 1000,
        (parse_delta_s(directives.get("min-fresh")) or 0) * 1000,
        0 if request.from_peer else max_stale_s * 1000,
        0 if request.from_peer else (parse_delta_s(directives.get("stale-if-error")) or 0) * 1000,
    )
