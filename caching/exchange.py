"""The spine: one Exchange a request, and the only knowledge of the order of its steps.

    NEW        look up: Serve from the store, or lead (Fetch), or Follow who leads, or Refuse a loop, or
               let a Gathering take over, for ranges of what is not there whole. Beyond max_fills who
               would lead is Served something stale, or Refused
    FOLLOWING  the flight was decided: Serve what it brought, Fetch alone, begin anew, or Refuse
    FETCHING   a head or a failure came: Serve what was validated or may stand in, Relay, Refuse, or
               Fetch once more from the origin when a peer was behind a purge
    FILLING    the body arrived whole, or did not
    DONE       nothing more may happen, unless the body of what was to be served cannot be read: begin anew

A driver calls ``begin``, obeys the action, reports back, and always calls ``finish`` in the end, also
when its client has vanished: a flight never loses its leader without its followers being told. Looking
up and becoming the leader are one synchronous step, so that no other request comes in between.
"""

from __future__ import annotations

from typing import TypeVar

from caching.actions import Action, Fetch, Follow, Gather, Relay
from caching.answering import Answering
from caching.asking import Asking
from caching.cache import Cache
from caching.conditional import is_for_the_origin
from caching.entry import Entry, Fill, make_entry
from caching.filling import Filling
from caching.flights import Flight, FlightState
from caching.forward import for_nobody, has_own_words, headed_by, without_own_words
from caching.headers import Headers
from caching.index import Found
from caching.integrity import expected_digest, is_refuted_by_its_head
from caching.invalidation import is_safe
from caching.leader import Step
from caching.loop import ended_by
from caching.messages import Request, ResponseHead
from caching.reasons import Failure, NotStored, Outcome, Reason
from caching.reply import make_reply
from caching.storability import why_not_stored, why_posted_not_stored
from caching.validation import agrees_with, freshen, speaks_of
from caching.vary import selects
from caching.wanted import Wanted, wanted_of

E = TypeVar("E", bound="Exchange")

# RFC 5861 section 4: the answers of an origin that a stale response may stand in for.
_ERRORS = frozenset((500, 502, 503, 504))
_LOOKED_UP = ("GET", "HEAD")


class Exchange(Answering):
    """One request's way through the cache."""

    def __init__(self, cache: Cache, request: Request) -> None:
        super().__init__(cache, request)
        self._asking = Asking(cache, self.request)
        self._followed: Flight | None = None
        self._why_missing = Reason.URI_MISS

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
        if is_for_the_origin(self.request.headers) and not self.request.from_peer:
            return self._pass(Outcome.BYPASS, Reason.PRECONDITION, now_ms)
        if self._demand.no_store:
            return self._pass(Outcome.BYPASS, Reason.REQUEST_NO_STORE, now_ms)
        found = self._find(now_ms)
        self.stored = found.entry
        if (wanted := self._wants_parts(now_ms)) is not None:
            return Gather(wanted)
        if found.entry is None:
            self.record.reason = Reason.VARY_MISS if found.other_variants else self._why_missing
            return self._go_upstream(now_ms)
        return self._begin_stored(found.entry, now_ms)

    def _find(self, now_ms: int) -> Found:
        return self._cache.index.find(self.key, self.request.headers)

    def _wants_parts(self, now_ms: int) -> Wanted | None:
        return wanted_of(self._cache, self.request, self.key, self.stored, now_ms, self._demand)

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
        """Follow the flight that brings what is wanted, or lead one: a HEAD may fill like a GET."""
        if self._demand.only_if_cached:
            return self._refuse(504, Reason.ONLY_IF_CACHED)
        alone = self.stored is None and self._cache.unshared.knows(self.key, now_ms)
        flight = self._joinable(now_ms)
        if flight is not None and not (alone and flight.entry is None):
            return self._follow(flight)
        if alone:
            return self._go_alone(now_ms)
        if self._must_not_lead:
            return self._stand_in(Failure.FILLS_LIMIT, now_ms)
        return self._take_the_lead(now_ms)

    def _joinable(self, now_ms: int) -> Flight | None:
        return self._cache.flight_for(self.key, self.request.headers, now_ms, self._demand)

    def _follow(self, flight: Flight) -> Follow:
        self._step, self._followed = Step.FOLLOWING, flight
        return Follow(flight)

    def _take_the_lead(self, now_ms: int) -> Action:
        self._lead(self.stored)
        return self._ask(now_ms)

    def _lead(self, stored: Entry | None, *, alone: bool = False) -> None:
        headers, span = self.request.headers, self._asking.span
        self._flight = self._cache.lead(self.key, stored, headers, self._demand, alone=alone, span=span)

    def _go_alone(self, now_ms: int) -> Fetch:
        """Wait for nobody and let nobody wait, where lately nothing was for more than one client."""
        if self.request.method == "HEAD" or has_own_words(self.request.headers):
            return self._pass(Outcome.BYPASS, Reason.HIT_FOR_MISS, now_ms)
        self.record.reason = Reason.HIT_FOR_MISS
        self._lead(None, alone=True)
        return self._ask(now_ms)

    def _make_refresh(self, entry: Entry, now_ms: int) -> Exchange | None:
        """The exchange that refreshes ``entry`` in the background, unless one does already, or must not."""
        if self._must_not_lead or self._joinable(now_ms) is not None:
            return None
        return self._make_lead(self._another(for_nobody(self.request)), entry)

    def _make_lead(self, lead: E, stored: Entry | None) -> E:
        """Let another exchange lead what this one needs, in the background."""
        lead.stored, lead.record.reason = stored, self.record.reason
        lead._lead(stored)
        return lead

    def _another(self, request: Request) -> Exchange:
        return Exchange(self._cache, request)

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

    def on_unreadable(self, entry: Entry, now_ms: int) -> Action:
        """The body of ``entry`` is not to be had: it leaves the index, and this goes on without it.

        Who was to be served from it begins anew; who was about to ask whether it holds asks for another.
        """
        self._cache.lose(entry)
        self.stored, self.record.reason = None, Reason.UNREADABLE
        if self._step is Step.FETCHING:
            return self._ask(now_ms)
        self._expect(Step.DONE)
        self._step, self._flight, self._why_missing = Step.NEW, None, Reason.UNREADABLE
        return self.begin(now_ms)

    def _pass_unsafe(self, now_ms: int) -> Fetch:
        """What may change something is for the origin; what it says to a POST may be kept for a GET."""
        if self.request.method == "POST" and not self._demand.no_store:
            self._lead(None, alone=True)
        return self._pass(Outcome.BYPASS, Reason.METHOD, now_ms)

    def _pass(self, outcome: Outcome, reason: Reason, now_ms: int) -> Fetch:
        """Ask upstream for this client alone."""
        self.record.settle(outcome, reason)
        self.record.not_stored = NotStored(reason.value)
        return self._ask(now_ms)

    def in_own_words(self, reason: Reason, now_ms: int, headers: Headers | None = None) -> Fetch:
        """Ask for this client alone after all, under ``headers`` if its own will not do."""
        self._asking.words = headers
        return self._pass(Outcome.BYPASS, reason, now_ms)

    def _ask(self, now_ms: int) -> Fetch:
        """Ask upstream: in the client's own words, or as a leader for all, unless it is as stored."""
        self._step, self.record.forwarded = Step.FETCHING, True
        if self._flight is None or self.request.method not in _LOOKED_UP:
            return self._asking.for_one(now_ms)
        return self._asking.for_all(self.stored, now_ms)

    def on_head(self, head: ResponseHead, now_ms: int) -> Action:
        """Upstream's final head is there; its body is not read yet."""
        self._expect(Step.FETCHING)
        self.record.forwarded_status = head.status
        may_ask_again = is_safe(self.request.method) and not self._asking.origin_only
        if may_ask_again and self._cache.is_ahead_of(head, self.key, self.stored):
            self._asking.origin_only = True
            return self._ask(now_ms)
        if self._flight is None:
            return self._relay_alone(head)
        if self.request.method not in _LOOKED_UP:
            return self._on_posted(self._flight, head, now_ms)
        headed = headed_by(self.request, self.stored)
        if head.status == 304 or (headed is not None and agrees_with(head, headed)):
            return self._on_not_modified(self._flight, head, now_ms)
        may = self._cache.why_stand_in(self.stored, Failure.SERVER_ERROR, now_ms, self._demand) is not None
        if may and head.status in _ERRORS:
            return self.on_failure(Failure.SERVER_ERROR, now_ms)
        if headed is not None:
            return self._on_other_head(headed, head, now_ms)
        return self._on_final(self._flight, head, now_ms)

    def on_failure(self, failure: Failure, now_ms: int) -> Action:
        """Upstream could not be asked, or did not answer with anything of use."""
        self._expect(Step.FETCHING)
        self._decide(FlightState.FAILED, why=failure)
        return self._stand_in(failure, now_ms)

    def _on_not_modified(self, flight: Flight, head: ResponseHead, now_ms: int) -> Action:
        if self.stored is None or (self._asking.unconditional and head.status == 304):
            return self.on_failure(Failure.INVALID, now_ms)
        if not speaks_of(head, self.stored):
            self._asking.unconditional = True
            return self._ask(now_ms)
        asked_ms = self._asking.asked_ms
        fresh, self.record.not_stored = freshen(
            self._cache, flight, self.stored, self.request, head, asked_ms=asked_ms, now_ms=now_ms
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
        as_get = self.request if self.request.method == "GET" else self.request._replace(method="GET")
        self.record.not_stored = self._why_not_stored(as_get, head, now_ms)
        self.record.settle_miss(instead_of_stored=self.stored is not None)
        self._cache.note_sharing(self.key, as_get, self.record.not_stored, head.status, now_ms)
        if self.stored is not None and self.record.not_stored is not None:
            self._cache.supersede(self.stored, head.status)
        # What could be stored but would never be fresh may still answer those who wait for it now.
        if self.record.not_stored in (None, NotStored.NO_FRESHNESS):
            if is_refuted_by_its_head(head):
                return self.on_failure(Failure.INVALID, now_ms)
            return self._fill(flight, head, now_ms)
        if head.status in _ERRORS:
            self._decide(FlightState.FAILED, why=Failure.SERVER_ERROR)
        else:
            self._decide(FlightState.UNSHARABLE)
        return self._relay_alone(head)

    def _why_not_stored(self, as_get: Request, head: ResponseHead, now_ms: int) -> NotStored | None:
        settings = self._cache.settings
        return why_not_stored(as_get, head, self._freshness_of(head, now_ms), settings)

    def _fill(self, flight: Flight, head: ResponseHead, now_ms: int) -> Relay:
        """Let the body be stored, and read by followers while it arrives."""
        entry = self._entry_of(flight, head, now_ms)
        self._step, self._filling = Step.FILLING, Filling(self._cache, flight, entry, self.record)
        self.record.stored = self.record.not_stored is None and not flight.outdated
        flight.decide(FlightState.FILLING, entry)
        reply = make_reply(self.request, entry.for_leader(head, self._cache.settings, now_ms), now_ms)
        reply = self.with_status(reply, entry.remaining_ms(now_ms), head.headers, None)
        return Relay(reply, entry, expected_digest(head))

    def _entry_of(self, flight: Flight, head: ResponseHead, now_ms: int) -> Entry:
        origin = Fill(self.key, self._cache.next_serial(), flight.position, self._asking.asked_ms)
        freshness = self._freshness_of(head, now_ms)
        return make_entry(self.request, head, self._cache.settings, origin, now_ms, freshness)
