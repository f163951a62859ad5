"""What a 304 does to the stored response that it was asked about (RFC 9111 section 4.3.4)."""

from __future__ import annotations

from dataclasses import replace

from caching.cache import Cache
from caching.entry import Entry
from caching.fields import weakly_equal
from caching.flights import Flight, FlightState
from caching.messages import Request, ResponseHead
from caching.reasons import Dropped, NotStored
from caching.storability import why_not_stored
from caching.vary import selection_of, vary_names

# What is stored stays as it was: it is only this client's validation that may not be shared.
_FOR_THIS_CLIENT = (None, NotStored.AUTHORIZATION)


def speaks_of(head: ResponseHead, stored: Entry) -> bool:
    """Whether a 304 is about the representation that is stored: one with another entity tag is not."""
    etag = head.headers.get("etag")
    return etag is None or stored.etag is None or weakly_equal(etag, stored.etag)


def freshen(
    cache: Cache,
    flight: Flight,
    stored: Entry,
    request: Request,
    head: ResponseHead,
    *,
    asked_ms: int,
    now_ms: int,
) -> tuple[Entry, NotStored | None]:
    """Update what is stored by a 304, and tell the flight: the entry to serve now, and why it is not kept so.

    So are the other parts of the same version. The 304 may also take back that the response is shared, or by
    which fields it is selected; then it leaves the cache, and its parts with it.
    """
    fresh = stored.refreshed(head, cache.settings, asked_ms=asked_ms, now_ms=now_ms)
    merged = ResponseHead(fresh.as_whole, fresh.headers)
    why_not = why_not_stored(request._replace(method="GET"), merged, fresh.freshness, cache.settings)
    if why_not is NotStored.NO_FRESHNESS:
        why_not = None
    names = vary_names(fresh.headers)
    if why_not is None and names != tuple(name for name, _ in stored.selection):
        # What it was selected by has changed, and nobody knows what the request that it answered said there.
        why_not, fresh = (
            NotStored.VARY_CHANGED,
            replace(fresh, selection=selection_of(names, request.headers)),
        )
    if why_not is None and not flight.outdated:
        cache.index.refresh(fresh)
        for part in cache.parts_alike(stored):
            cache.index.refresh(part.refreshed(head, cache.settings, asked_ms=asked_ms, now_ms=now_ms))
    elif why_not not in _FOR_THIS_CLIENT:
        cache.supersede(stored, fresh.status)
        for part in cache.parts_alike(stored):
            cache.index.remove(part, Dropped.REPLACED)
    cache.flights.close(flight)
    if why_not in (None, NotStored.VARY_CHANGED):
        flight.decide(FlightState.REVALIDATED, fresh)
    else:
        flight.decide(FlightState.UNSHARABLE)
    return fresh, NotStored.PURGED if flight.outdated else why_not
