"""The state of one node's cache: index, flights, purges, and how far it has heard the event log.

Every Exchange of a node works on one Cache. It is plain synchronous state; the event log's records and
heartbeats are applied to it by the node, in order.
"""

from __future__ import annotations

from caching.demand import NOTHING, Demand
from caching.entry import Entry, tags_of
from caching.flights import Flight, Flights
from caching.groups import invalidated_groups
from caching.headers import Headers
from caching.index import CacheIndex, OnDropped
from caching.invalidation import invalidated_keys
from caching.key import normal_site
from caching.messages import Request, ResponseHead
from caching.parts import Likeness, likeness_of
from caching.policies import make_hospitable_policy
from caching.purges import Purge, PurgeHistory, Scope
from caching.reasons import Dropped, Failure, NotStored, Reason
from caching.remembered import Remembered
from caching.searches import BY_ALL, variance_of
from caching.settings import MIB, CacheSettings
from caching.storability import supersedes_stored
from caching.tiers import Disk, put_above
from caching.vary import selection_of

# Stale for a reason that a refresh will mend, and not because nothing may be trusted.
_MAY_REFRESH_BEHIND = frozenset((Reason.EXPIRED, Reason.SOFT_PURGED))

# What a response says of itself, and will likely say again.
_UNSHARED = frozenset(
    (
        NotStored.STATUS,
        NotStored.NO_STORE,
        NotStored.PRIVATE,
        NotStored.SET_COOKIE,
        NotStored.NOT_UNDERSTOOD,
        NotStored.VARY_ALL,
        NotStored.TOO_LARGE,
    )
)


class Cache:
    """What a node knows. ``on_dropped`` is told of each entry that left, so that its body can go."""

    __slots__ = (
        "_on_dropped",
        "_serial",
        "flights",
        "index",
        "lease_until_ms",
        "position",
        "purges",
        "settings",
        "unshared",
        "unsliced",
    )

    def __init__(self, settings: CacheSettings, on_dropped: OnDropped, disk: Disk | None = None) -> None:
        memory = make_hospitable_policy(settings.policy, settings.capacity_bytes)
        self.settings = settings
        self.index = CacheIndex(
            memory if disk is None else put_above(disk, memory, settings.entry_overhead_bytes),
            settings.entry_overhead_bytes,
            on_dropped,
            None if disk is None else disk.on_move,
            max_variants=settings.max_variants,
            bucket_bytes=settings.slice_bytes or MIB,
        )
        self.flights = Flights()
        self.purges = PurgeHistory(settings.purge_history)
        self.unshared = Remembered(settings.hit_for_miss_ms)
        """The keys whose requests do not wait for each other."""
        self.unsliced = Remembered(settings.hit_for_miss_ms)
        """The keys whose parts cannot be combined."""
        self.position = 0
        """The newest event applied; 0 before the first."""
        self.lease_until_ms: int | None = None
        """Until when this node may trust what it holds; None when there is no event log to hear."""
        self._on_dropped = on_dropped
        self._serial = 0

    def begin_at(self, serial: int, position: int) -> None:
        """Begin with bodies that have names up to ``serial``, at a position of the event log.

        Which purges led there is not known any more, so what is older counts as purged.
        """
        self._serial, self.position = serial, position
        self.purges = PurgeHistory(self.settings.purge_history, floor=position)

    def next_serial(self) -> int:
        """A name for a body that no other body of this node has."""
        self._serial += 1
        return self._serial

    def is_fenced(self, now_ms: int) -> bool:
        """Whether the lease on the event log has run out: purges may have been missed."""
        return self.lease_until_ms is not None and now_ms >= self.lease_until_ms

    @property
    def is_at_max_fills(self) -> bool:
        """Whether as many fills are under way as may be, so that none may begin."""
        return 0 < self.settings.max_fills <= self.flights.under_way

    def why_not_fresh(self, entry: Entry, now_ms: int, demand: Demand = NOTHING) -> Reason | None:
        """What forbids serving a stored entry as fresh enough for a demand, or None when nothing does."""
        if self.is_fenced(now_ms):
            return Reason.FENCED
        if entry.soft_purged_ms is not None:
            return Reason.SOFT_PURGED
        if entry.freshness.no_cache:
            return Reason.NO_CACHE
        if not entry.is_fresh(now_ms):
            return Reason.EXPIRED
        # What is fresh is all that most requests want, and those are many.
        return None if demand is NOTHING or demand.is_met_by(entry, now_ms) else Reason.REQUEST

    def may_serve_stale(self, entry: Entry, window_ms: int, now_ms: int) -> bool:
        """Whether an entry's staleness lies within a window that it was given (RFC 5861)."""
        return window_ms > 0 and -entry.remaining_ms(now_ms) <= window_ms

    def why_stale(
        self, entry: Entry, why_not: Reason, now_ms: int, demand: Demand = NOTHING
    ) -> Reason | None:
        """What allows serving an entry at once that is not fresh because of ``why_not``, or None."""
        if demand.from_peer:
            return None
        if why_not is Reason.EXPIRED and self.may_serve_stale(entry, demand.stale_ms(entry), now_ms):
            return Reason.MAX_STALE
        if why_not not in _MAY_REFRESH_BEHIND or demand.asks_anew:
            return None
        window_ms = entry.freshness.stale_while_revalidate_ms
        may = self.may_serve_stale(entry, window_ms, now_ms)
        return Reason.STALE_WHILE_REVALIDATE if may else None

    def why_stand_in(
        self, stored: Entry | None, failure: Failure, now_ms: int, demand: Demand = NOTHING
    ) -> Reason | None:
        """What allows serving what is stored because upstream failed, or None when nothing does.

        One that has left the index since it was looked up may not: it could have been purged.
        """
        if stored is None or not self.index.holds(stored):
            return None
        if self.may_serve_stale(stored, demand.error_ms(stored), now_ms):
            return Reason.STALE_IF_ERROR
        # A fenced node may have missed a purge: what is stored then takes the origin's own permission.
        trusted = failure.is_disconnection and not self.is_fenced(now_ms) and not demand.no_cache
        window_ms = stored.freshness.stale_if_disconnected_ms
        may = trusted and self.may_serve_stale(stored, window_ms, now_ms)
        return Reason.STALE_IF_DISCONNECTED if may else None

    def lead(
        self,
        key: str,
        stored: Entry | None,
        request_headers: Headers,
        demand: Demand,
        *,
        alone: bool = False,
        span: str | None = None,
    ) -> Flight:
        """Open the flight of a request that goes upstream for everyone; ``alone`` when nobody should wait."""
        similar = stored or self.index.any_variant(key)
        names = tuple(name for name, _ in similar.selection) if similar is not None else ()
        flight = Flight(key, self.position, selection_of(names, request_headers), anew=demand.asks_anew)
        flight.alone, flight.span = alone, span
        self.flights.open(flight)
        return flight

    def note_sharing(
        self, key: str, request: Request, not_stored: NotStored | None, status: int, now_ms: int
    ) -> None:
        """Remember that responses under a key are for one client each, until one is not (hit-for-miss).

        What a request brings upon itself (Authorization) says nothing of others, and an error of the server
        nothing of what comes after it.
        """
        if not_stored is None:
            self.unshared.forget(key)
        elif not_stored in _UNSHARED and status < 500 and "authorization" not in request.headers:
            self.unshared.remember(key, now_ms)

    def flight_for(
        self,
        key: str,
        request_headers: Headers,
        now_ms: int,
        demand: Demand = NOTHING,
        span: str | None = None,
    ) -> Flight | None:
        """The flight that a request should follow, or None: then it is the one to lead.

        What is being filled is shared under the rules for what is stored (RFC 9111 section 4). Who asks anew
        does not wait for one who may be content with what a peer has stored.
        """
        flight = self.flights.joinable(key, request_headers, span)
        if flight is None:
            return None
        if flight.entry is None:
            return flight if flight.anew or not demand.asks_anew else None
        why_not = self.why_not_fresh(flight.entry, now_ms, demand)
        may_join = why_not is None or self.why_stale(flight.entry, why_not, now_ms, demand) is not None
        return flight if may_join else None

    def is_ahead_of(self, head: ResponseHead, key: str, stored: Entry | None) -> bool:
        """Whether a peer chose its response before it had applied a purge of it that this node has.

        What is said with what is ``stored`` counts too, since a 304 speaks of it and does not repeat it.
        """
        if head.position is None:
            return False
        tags, variance = tags_of(head.headers), variance_of(head.headers)
        if stored is not None:
            tags, variance = (*tags, *stored.tags), stored.variance if variance == BY_ALL else variance
        return self.purges.matched_after(head.position, key, tags, variance)

    def apply_purge(self, purge: Purge, position: int, now_ms: int) -> int:
        """Apply a purge at its position in the log; the number of stored entries that it concerned.

        A purge that was applied before (a replay after a restart) changes nothing.
        """
        if position <= self.position:
            return 0
        self.purges.add(purge, position)
        self.flights.outdate(purge)
        concerned = self.index.matching(purge)
        for entry in concerned:
            if purge.soft:
                self.index.refresh(entry.purged_softly(now_ms))
            else:
                self.index.remove(entry, Dropped.PURGED)
        self.position = position
        return len(concerned)

    def skip_to(self, position: int) -> None:
        """Note an event that does not concern the cache."""
        self.position = max(self.position, position)

    def reset(self, position: int) -> int:
        """Drop everything, since purges up to ``position`` may have been missed; how many it was."""
        everything = Purge(Scope.ALL)
        self.flights.outdate(everything)
        concerned = self.index.matching(everything)
        self._drop_all(concerned, Dropped.PURGED)
        self.purges = PurgeHistory(self.settings.purge_history, floor=position)
        self.position = position
        return len(concerned)

    def invalidate(self, request: Request, head: ResponseHead) -> None:
        """Drop what a response tells of having changed: every variant of it (RFC 9111 section 4.4)."""
        for key in invalidated_keys(request, head, self.settings.ignored_params):
            self.flights.outdate(Purge(Scope.URL, key))
            self._drop_all(self.index.answering(key), Dropped.INVALIDATED)
        site = "://".join(normal_site(request.scheme, request.authority))
        for group in invalidated_groups(request, head):
            self.flights.outdate_group(site, group)
            self._drop_all(self.index.grouped(site, group), Dropped.INVALIDATED)

    def _drop_all(self, entries: list[Entry], cause: Dropped) -> None:
        for entry in entries:
            self.index.remove(entry, cause)

    def forget_parts(self, key: str, like: Likeness) -> None:
        """Drop the parts of a version that upstream has no more."""
        for part in self.index.parts.alike(key, like):
            self.index.remove(part, Dropped.REPLACED)

    def parts_alike(self, stored: Entry) -> list[Entry]:
        """The other parts that belong together with what is stored (RFC 9111 section 3.4)."""
        parts = self.index.parts.alike(stored.key, likeness_of(stored))
        return [part for part in parts if part.serial != stored.serial]

    def supersede(self, stored: Entry, status: int) -> None:
        """Drop a stored response in whose place upstream gave one that may not be stored."""
        if supersedes_stored(status) and self.index.holds(stored):
            self.index.remove(stored, Dropped.REPLACED)

    def lose(self, entry: Entry) -> None:
        """Drop a stored response whose body cannot be read."""
        if self.index.holds(entry):
            self.index.remove(entry, Dropped.UNREADABLE)

    def drop(self, entry: Entry, cause: Dropped) -> None:
        """Give up an entry that was never stored."""
        self._on_dropped(entry, cause)

    def __repr__(self) -> str:
        return f"Cache({self.settings.node_name!r}, {self.index!r}, at {self.position})"
