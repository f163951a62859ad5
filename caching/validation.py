"""What a 304, or the answer to a HEAD, does to what is stored (RFC 9111 sections 4.3.4 and 4.3.5)."""

from __future__ import annotations

from dataclasses import replace

from caching.cache import Cache
from caching.entry import Entry
from caching.fields import weakly_equal
from caching.flights import Flight, FlightState
from caching.messages import Request, ResponseHead
from caching.reasons import Dropped, NotStored
from caching.storability import content_length, why_not_stored
from caching.vary import selection_of, vary_names

# What is stored stays as it was: it is only this client's validation that may not be shared.
_FOR_THIS_CLIENT = (None, NotStored.AUTHORIZATION)


def speaks_of(head: ResponseHead, stored: Entry) -> bool:
    """Whether a 304 is about the representation that is stored: one with another entity tag is not."""
    etag = head.headers.get("etag")
    return etag is None or stored.etag is None or weakly_equal(etag, stored.etag)


def agrees_with(head: ResponseHead, stored: Entry) -> bool:
    """Whether a 200 to a HEAD describes what is stored: all that it says of it must be so (section 4.3.5).

    One that says nothing of it proves nothing, though the RFC would have it believed.
    """
    told = {name: head.headers.get(name) for name in ("etag", "last-modified") if name in head.headers}
    length_bytes = content_length(head.headers)
    if head.status != 200 or stored.status != 200 or (not told and length_bytes is None):
        return False
    same = all(value == stored.headers.get(name) for name, value in told.items())
    return same and length_bytes in (None, stored.size_bytes)


def outdate(cache: Cache, stored: Entry, status: int, now_ms: int) -> None:
    """A HEAD was answered by what does not describe what is stored: it is stale, or no longer there."""
    if status == 200 and cache.index.holds(stored):
        cache.index.refresh(stored.purged_softly(now_ms))
    else:
        cache.supersede(stored, status)


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
    """Update what is stored by what says that it still holds, and tell the flight.

    Returns the entry to serve now, and why it is not kept so: the answer may also take back that the
    response is shared, or by which fields it is selected, and then it leaves the cache with its parts. The
    other parts of the same version are updated too.
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
