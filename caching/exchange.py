"""The spine: one Exchange a request, and the only knowledge of the order of its steps.

    NEW        look up: Serve from the store, or lead (Fetch), or Follow who leads, or Refuse a loop
    FOLLOWING  the flight was decided: Serve what it brought, Fetch alone, begin anew, or Refuse
    FETCHING   a head or a failure came: Serve what was validated or may stand in, Relay, Refuse, or
               Fetch once more from the origin when a peer was behind a purge
    FILLING    the body arrived whole, or did not
    DONE       nothing more may happen

A driver calls ``begin``, obeys the action, reports back, and always calls ``finish`` in the end, also
when its client has vanished: a flight never loses its leader without its followers being told. Looking
up and becoming the leader are one synchronous step, so that no other request comes in between.
"""

from __future__ import annotations

from caching.actions import Action, Fetch, Follow, Refuse, Relay, Serve
from caching.cache import Cache
from caching.conditional import is_for_the_origin
from caching.demand import demand_of
from caching.entry import Entry, Fill, make_entry
from caching.filling import Filling
from caching.flights import Flight, FlightState
from caching.forward import for_nobody, has_own_words, leader_headers, passed_headers, without_own_words
from caching.freshness import freshness_of
from caching.headers import Headers
from caching.invalidation import is_safe
from caching.key import cache_key, with_normal_site
from caching.leader import Leader, Step
from caching.loop import ended_by
from caching.messages import Request, ResponseHead
from caching.reasons import Failure, NotStored, Outcome, Reason
from caching.reply import Reply, make_reply, relayed_reply
from caching.status import with_status
from caching.storability import why_not_stored, why_posted_not_stored
from caching.tier import for_peer, may_ask_peer
from caching.validation import freshen, speaks_of
from caching.vary import selects

# RFC 5861 section 4: the answers of an origin that a stale response may stand in for.
_ERRORS = frozenset((500, 502, 503, 504))
_LOOKED_UP = ("GET", "HEAD")


class Exchange(Leader):
    """One request's way through the cache."""

    def __init__(self, cache: Cache, request: Request) -> None:
        self.request = request = with_normal_site(request)
        key = cache_key(request.scheme, request.authority, request.target, cache.settings.ignored_params)
        super().__init__(cache, key)
        self.stored: Entry | None = None
        """The stored response that validation or an error may still bring back: keep its body."""
        self._demand = demand_of(request, cache.settings)
        self._followed: Flight | None = None
        self._origin_only = False
        self._unconditional = False
        self._asked_ms = 0

    def begin(self, now_ms: int) -> Action:
        """Look up, and decide how to go about it."""
        self._expect(Step.NEW)
        if self._flight is not None:
            return self._ask(now_ms)
        self.record.position = self._cache.position
        if (end := ended_by(self.request, self._cache.settings.node_name)) is not None:
            return self._refuse(*end)
        if self.request.method not in _LOOKED_UP:
            return self._pass_unsafe(now_ms)
        if is_for_the_origin(self.request.headers):
            return self._pass(Outcome.BYPASS, Reason.PRECONDITION, now_ms)
        if self._demand.no_store:
            return self._pass(Outcome.BYPASS, Reason.REQUEST_NO_STORE, now_ms)
        found = self._cache.index.find(self.key, self.request.headers)
        self.stored = found.entry
        if found.entry is None:
            self.record.reason = Reason.VARY_MISS if found.other_variants else Reason.URI_MISS
            return self._go_upstream(now_ms)
        return self._begin_stored(found.entry, now_ms)

    def _begin_stored(self, entry: Entry, now_ms: int) -> Action:
        why_not = self._cache.why_not_fresh(entry, now_ms, self._demand)
        if why_not is None:
            return self._serve(entry, Outcome.HIT, Reason.FRESH, now_ms)
        self.record.reason = why_not
        why_stale = self._cache.why_stale(entry, why_not, now_ms, self._demand)
        if why_stale is None:
            return self._go_upstream(now_ms)
        behind = why_stale is Reason.STALE_WHILE_REVALIDATE
        refresh = self._make_refresh(entry, now_ms) if behind else None
        return self._serve(entry, Outcome.STALE, why_stale, now_ms, refresh)

    def _go_upstream(self, now_ms: int) -> Action:
        """Follow the flight that brings what is wanted, or lead one: a HEAD fills like a GET."""
        if self._demand.only_if_cached:
            return self._refuse(504, Reason.ONLY_IF_CACHED)
        headers, demand = self.request.headers, self._demand
        alone = self.stored is None and self._cache.unshared.knows(self.key, now_ms)
        flight = self._cache.flight_for(self.key, headers, now_ms, demand)
        if flight is not None and not (alone and flight.entry is None):
            self._step, self._followed = Step.FOLLOWING, flight
            return Follow(flight)
        if alone:
            return self._go_alone(now_ms)
        self._flight = self._cache.lead(self.key, self.stored, headers, demand)
        return self._ask(now_ms)

    def _go_alone(self, now_ms: int) -> Fetch:
        """Wait for nobody and let nobody wait, where lately nothing was for more than one client."""
        if self.request.method == "HEAD" or has_own_words(self.request.headers):
            return self._pass(Outcome.BYPASS, Reason.HIT_FOR_MISS, now_ms)
        self.record.reason = Reason.HIT_FOR_MISS
        self._flight = self._cache.lead(self.key, None, self.request.headers, self._demand, alone=True)
        return self._ask(now_ms)

    def _make_refresh(self, entry: Entry, now_ms: int) -> Exchange | None:
        """The exchange that refreshes ``entry`` in the background, unless one does already."""
        if self._cache.flight_for(self.key, self.request.headers, now_ms) is not None:
            return None
        refresh = Exchange(self._cache, for_nobody(self.request))
        refresh.stored, refresh.record.reason = entry, self.record.reason
        refresh._flight = self._cache.lead(self.key, entry, refresh.request.headers, refresh._demand)
        return refresh

    def on_flight(self, now_ms: int) -> Action:
        """The flight that this request follows was decided."""
        self._expect(Step.FOLLOWING)
        flight, self._followed = self._followed, None
        assert flight is not None
        entry = None if flight.outgrown else flight.entry
        if entry is not None and selects(entry.selection, self.request.headers):
            self.record.position = flight.position
            return self._serve(entry, Outcome.COLLAPSED, self.record.reason, now_ms)
        if flight.state is FlightState.UNSHARABLE:
            return self._pass(Outcome.BYPASS, Reason.UNSHARABLE, now_ms)
        if flight.failure is not None:
            return self._stand_in(flight.failure, now_ms)
        self._step = Step.NEW
        return self.begin(now_ms)

    def _pass_unsafe(self, now_ms: int) -> Fetch:
        """What may change something is for the origin; what it says to a POST may be kept for a GET."""
        if self.request.method == "POST" and not self._demand.no_store:
            self._flight = self._cache.lead(self.key, None, self.request.headers, self._demand, alone=True)
        return self._pass(Outcome.BYPASS, Reason.METHOD, now_ms)

    def _pass(self, outcome: Outcome, reason: Reason, now_ms: int) -> Fetch:
        """Ask upstream for this client alone."""
        self.record.settle(outcome, reason)
        self.record.not_stored = NotStored(reason.value)
        return self._ask(now_ms)

    def _ask(self, now_ms: int) -> Fetch:
        """Ask upstream: in the client's own words, or as a leader for all, unless it is as stored."""
        self._step, self._asked_ms, self.record.forwarded = Step.FETCHING, now_ms, True
        settings = self._cache.settings
        fenced = self._cache.is_fenced(now_ms)
        origin_only = self._origin_only or fenced or not may_ask_peer(self.request)
        if self._flight is None or self.request.method not in _LOOKED_UP:
            return Fetch(self.request.method, passed_headers(self.request, settings), origin_only)
        known = None if self._unconditional else self.stored
        return Fetch("GET", leader_headers(self.request, known, settings), origin_only)

    def on_head(self, head: ResponseHead, now_ms: int) -> Action:
        """Upstream's final head is there; its body is not read yet."""
        self._expect(Step.FETCHING)
        self.record.forwarded_status = head.status
        may_ask_again = is_safe(self.request.method) and not self._origin_only
        if may_ask_again and self._cache.is_ahead_of(head, self.key, self.stored):
            self._origin_only = True
            return self._ask(now_ms)
        if self._flight is None:
            return self._relay_alone(head)
        if self.request.method not in _LOOKED_UP:
            return self._on_posted(self._flight, head, now_ms)
        if head.status == 304:
            return self._on_not_modified(self._flight, head, now_ms)
        if head.status in _ERRORS and self._why_stand_in(Failure.SERVER_ERROR, now_ms) is not None:
            return self.on_failure(Failure.SERVER_ERROR, now_ms)
        return self._on_final(self._flight, head, now_ms)

    def on_failure(self, failure: Failure, now_ms: int) -> Action:
        """Upstream could not be asked, or did not answer with anything of use."""
        self._expect(Step.FETCHING)
        self._decide(FlightState.FAILED, why=failure)
        return self._stand_in(failure, now_ms)

    def _on_not_modified(self, flight: Flight, head: ResponseHead, now_ms: int) -> Action:
        if self.stored is None or self._unconditional:
            return self.on_failure(Failure.INVALID, now_ms)
        if not speaks_of(head, self.stored):
            self._unconditional = True
            return self._ask(now_ms)
        fresh, self.record.not_stored = freshen(
            self._cache, flight, self.stored, self.request, head, asked_ms=self._asked_ms, now_ms=now_ms
        )
        return self._serve(fresh, Outcome.REVALIDATED, self.record.reason, now_ms)

    def _on_posted(self, flight: Flight, head: ResponseHead, now_ms: int) -> Relay:
        """A POST was answered: kept if it says that this is what a GET would be given (RFC 9110 9.3.3)."""
        self.record.not_stored = why_posted_not_stored(self.request, head, self._cache.settings, now_ms)
        if self.record.not_stored is not None:
            self._decide(FlightState.UNSHARABLE)
            return self._relay_alone(head)
        self._cache.flights.close(flight)  # so that it does not outdate itself
        self._cache.invalidate(self.request, head)
        if not flight.outdated:
            self._cache.flights.open(flight)
        self.request = without_own_words(self.request)
        return self._fill(flight, head, now_ms)

    def _on_final(self, flight: Flight, head: ResponseHead, now_ms: int) -> Action:
        settings, freshness = self._cache.settings, freshness_of(head, self._cache.settings, now_ms)
        as_get = self.request._replace(method="GET")
        self.record.not_stored = why_not_stored(as_get, head, freshness, settings)
        self.record.settle(*self._way_of_miss())
        self._cache.note_sharing(self.key, as_get, self.record.not_stored, head.status, now_ms)
        if self.stored is not None and self.record.not_stored is not None:
            self._cache.supersede(self.stored, head.status)
        # What could be stored but would never be fresh may still answer those who wait for it now.
        if self.record.not_stored in (None, NotStored.NO_FRESHNESS):
            return self._fill(flight, head, now_ms)
        if head.status in _ERRORS:
            self._decide(FlightState.FAILED, why=Failure.SERVER_ERROR)
        else:
            self._decide(FlightState.UNSHARABLE)
        return self._relay_alone(head)

    def _way_of_miss(self) -> tuple[Outcome, Reason]:
        """What to call it that upstream's own response is given."""
        if self.record.reason is Reason.HIT_FOR_MISS:
            kept = self.record.not_stored is None
            return (Outcome.MISS, Reason.URI_MISS) if kept else (Outcome.BYPASS, Reason.HIT_FOR_MISS)
        return Outcome.MISS if self.stored is None else Outcome.EXPIRED, self.record.reason

    def _fill(self, flight: Flight, head: ResponseHead, now_ms: int) -> Relay:
        """Let the body be stored, and read by followers while it arrives."""
        serial, settings = self._cache.next_serial(), self._cache.settings
        origin = Fill(self.key, serial, flight.position, self._asked_ms)
        entry = make_entry(self.request, head, settings, origin, now_ms)
        self._step, self._filling = Step.FILLING, Filling(self._cache, flight, entry, self.record)
        self.record.stored = self.record.not_stored is None and not flight.outdated
        flight.decide(FlightState.FILLING, entry)
        reply = make_reply(self.request, entry.for_leader(head, now_ms), now_ms)
        return Relay(self._with_status(reply, entry.remaining_ms(now_ms), head.headers), entry)

    def _relay_alone(self, head: ResponseHead) -> Relay:
        """Pass a response through to this client only."""
        self._cache.invalidate(self.request, head)
        self._step = Step.DONE
        return Relay(self._with_status(relayed_reply(self.request, head), None, head.headers), None)

    def _stand_in(self, failure: Failure, now_ms: int) -> Action:
        """Answer although upstream failed: with something stale if that is allowed."""
        why = self._why_stand_in(failure, now_ms)
        if why is None or self.stored is None:
            return self._refuse(failure.status, failure.reason)
        return self._serve(self.stored, Outcome.STALE, why, now_ms)

    def _why_stand_in(self, failure: Failure, now_ms: int) -> Reason | None:
        return self._cache.why_stand_in(self.stored, failure, now_ms, self._demand)

    def _serve(
        self, entry: Entry, outcome: Outcome, reason: Reason, now_ms: int, refresh: Exchange | None = None
    ) -> Serve:
        self._step = Step.DONE
        self.record.settle(outcome, reason)
        if self._cache.index.holds(entry):
            self._cache.index.policy.hit(entry.id)
        reply = make_reply(self.request, entry, now_ms)
        return Serve(entry, self._with_status(reply, entry.remaining_ms(now_ms), None, entry), refresh)

    def _refuse(self, status: int, reason: Reason) -> Refuse:
        self._step = Step.DONE
        self.record.settle(Outcome.REFUSED, reason)
        return Refuse(status, reason)

    def _with_status(
        self, reply: Reply, ttl_ms: int | None, upstream: Headers | None, stored: Entry | None = None
    ) -> Reply:
        reply = with_status(reply, self._cache.settings.node_name, self.record, ttl_ms, upstream)
        return for_peer(reply, self.record.position, stored) if self.request.from_peer else reply

    def __repr__(self) -> str:
        return f"Exchange({self.request.method} {self.key}, {self._step.value})"
