"""What is to be put together from parts: which requests go the way of a Gathering."""

from __future__ import annotations

from typing import NamedTuple

from caching.cache import Cache
from caching.demand import Demand
from caching.entry import Entry
from caching.messages import Request
from caching.parts import likeness_of
from caching.ranges import Slice, Spec, parse_range
from caching.vary import selects


class Wanted(NamedTuple):
    """What a Gathering is for."""

    specs: tuple[Spec, ...]
    """The ranges that the client asked for; none of them for the whole."""
    gap: Spec | None = None
    """Of a whole, the one stretch that is not stored."""
    start: int = 0
    """Of a whole, where something of it is stored: a HEAD needs no more."""


def wanted_of(
    cache: Cache, request: Request, key: str, stored: Entry | None, now_ms: int, demand: Demand
) -> Wanted | None:
    """What to gather for a request, or None when it is answered from one response, stored or fetched whole.

    ``stored`` is the whole that it selects, fresh or not.
    """
    has_parts = key in cache.index.parts
    if request.method == "HEAD" and stored is None and has_parts:
        return _head_of(cache, request, key, now_ms, demand)
    if "range" not in request.headers:
        completable = stored is None and has_parts
        return _completion(cache, request, key, now_ms, demand) if completable else None
    specs = parse_range(request.headers.get("range"))
    if request.method != "GET" or not specs:
        return None
    if stored is not None and cache.why_not_fresh(stored, now_ms, demand) is None:
        return Wanted(specs) if len(specs) > 1 else None
    if stored is None and not has_parts and cache.unshared.knows(key, now_ms):
        return None
    joinable = cache.flight_for(key, request.headers, now_ms, demand)
    if not cache.settings.slice_bytes or joinable is not None:
        return None
    return Wanted(specs)


def _head_of(cache: Cache, request: Request, key: str, now_ms: int, demand: Demand) -> Wanted | None:
    """What a part tells of the whole (RFC 9111 section 4.3.5)."""
    newest = cache.index.parts.newest(key, request.headers)
    if newest is None or newest.whole_bytes is None:
        return None
    is_fresh = cache.why_not_fresh(newest, now_ms, demand) is None
    return Wanted((), None, newest.start) if is_fresh else None


def _completion(cache: Cache, request: Request, key: str, now_ms: int, demand: Demand) -> Wanted | None:
    """The whole from stored parts, when no more than one stretch is missing (RFC 9111 section 3.3)."""
    newest = cache.index.parts.newest(key, request.headers)
    if newest is None or newest.whole_bytes is None or request.method != "GET":
        return None
    if demand.only_if_cached or cache.flight_for(key, request.headers, now_ms, demand) is not None:
        return None
    gaps = _gaps(_usable(cache, request, newest, now_ms, demand), newest.whole_bytes)
    if len(gaps) > 1 or newest.whole_bytes > cache.settings.max_object_bytes:
        return None
    gap = gaps[0] if gaps else None
    if gap is None or gap.length == newest.whole_bytes:
        return None if gap is not None else Wanted(())
    last = None if gap.end == newest.whole_bytes else gap.end - 1
    return Wanted((), Spec(gap.offset, last))


def _usable(cache: Cache, request: Request, newest: Entry, now_ms: int, demand: Demand) -> list[Entry]:
    """The fresh parts that belong together with ``newest``, in the order in which they lie."""
    like = likeness_of(newest)
    parts = [newest] if like is None else cache.index.parts.of(newest.key)
    usable = (
        part
        for part in parts
        if likeness_of(part) == like
        and selects(part.selection, request.headers)
        and cache.why_not_fresh(part, now_ms, demand) is None
    )
    return sorted(usable, key=lambda part: part.start)


def _gaps(parts: list[Entry], whole_bytes: int) -> list[Slice]:
    """The stretches of a whole that none of its parts holds."""
    gaps: list[Slice] = []
    position = 0
    for part in parts:
        if part.start > position:
            gaps.append(Slice(position, part.start - position))
        position = max(position, part.end)
    if position < whole_bytes:
        gaps.append(Slice(position, whole_bytes - position))
    return gaps
