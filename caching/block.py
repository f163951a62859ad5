"""One part of an object on its way through the cache: an Exchange with a place and a flight of its own.

A Gathering runs one for each stretch that it needs. It finds what holds a position, a part or the whole; if
nothing does, another exchange like it leads a flight in the background, which asks upstream for the aligned
block (or for what the client asked, when the length of the whole is not known yet), and this one follows. So
a block is filled like any other response, whatever becomes of the client, and others may follow it too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from caching.actions import Action, Fetch, Relay
from caching.cache import Cache
from caching.entry import Entry
from caching.exchange import Exchange
from caching.filling import Filling
from caching.flights import Flight, FlightState
from caching.forward import without_own_words
from caching.headers import Headers
from caching.index import Found
from caching.leader import Step
from caching.messages import Request, ResponseHead
from caching.parts import Likeness, arrived_of, likeness_of
from caching.reasons import NotStored, Outcome, Reason
from caching.reply import relayed_reply
from caching.wanted import Wanted

ENDLESS = 10**20
"""A position behind the end of everything."""


class Stretch(NamedTuple):
    """What a block exchange is for."""

    position: int | None
    """The byte that is wanted next; None when only the distance to the end is known."""
    span: str | None
    """The Range that upstream is asked for when it is not stored; None for the whole."""
    like: Likeness | None = None
    """What it must belong together with, if that is known."""
    enough: int = ENDLESS
    """The position up to which a part must reach that may not be combined with others."""
    or_whole: bool = False
    """Whether the whole is asked for when what comes does not belong together with ``like``."""
    begun: bool = False
    """Whether its client has the beginning of the answer already: max_fills is not for the rest."""
    block: int = 0
    """Its number in the whole, which chooses the peer that is asked."""


class BlockExchange(Exchange):
    """One stretch's way through the cache."""

    def __init__(self, cache: Cache, request: Request, stretch: Stretch) -> None:
        super().__init__(cache, without_own_words(request))
        self.stretch = stretch
        self._asking.span = self.record.span = stretch.span
        self._asking.like = stretch.like
        self.lead: BlockExchange | None = None
        """The exchange in the background that asks upstream for this one."""
        self.brought: Entry | None = None
        """What upstream gives, also when it is for this request alone."""
        self.unkept = False
        """Whether that may not be stored, as its head says."""
        self.received: Headers | None = None
        """The fields with which it came."""

    @property
    def routing_key(self) -> str:
        """Blocks of one object spread over the tier, as a large one would not fit into its owner.

        The first goes where the whole would, so that small objects have one owner however they are asked for.
        """
        return f"{self.key}#{self.stretch.block}" if self.stretch.block else self.key

    def _wants_parts(self, now_ms: int) -> Wanted | None:
        return None

    def _find(self, now_ms: int) -> Found:
        """The whole if it is fresh, else the part that holds the position."""
        found, position = super()._find(now_ms), self.stretch.position
        if position is None or self._is_fresh(found.entry, now_ms):
            return found
        part = self._cache.index.parts.at(self.key, self.request.headers, position)
        return found if part is None else Found(part, found.other_variants)

    def finds(self, now_ms: int) -> bool:
        """Whether it is stored, and may be used as it is."""
        return self._is_fresh(self._find(now_ms).entry, now_ms)

    def _is_fresh(self, entry: Entry | None, now_ms: int) -> bool:
        return entry is not None and self._cache.why_not_fresh(entry, now_ms, self._demand) is None

    def _joinable(self, now_ms: int) -> Flight | None:
        """Who fetches the whole, or else this block."""
        headers, demand = self.request.headers, self._demand
        whole = self._cache.flight_for(self.key, headers, now_ms, demand)
        return whole or self._cache.flight_for(self.key, headers, now_ms, demand, self._asking.span)

    @property
    def _must_not_lead(self) -> bool:
        return super()._must_not_lead and not self.stretch.begun

    def _another(self, request: Request) -> BlockExchange:
        return BlockExchange(self._cache, request, self.stretch)

    def _go_alone(self, now_ms: int) -> Fetch:
        """Nothing of it was for more than one client lately: this one asks in his own words."""
        return self._pass(Outcome.BYPASS, Reason.HIT_FOR_MISS, now_ms)

    def _take_the_lead(self, now_ms: int) -> Action:
        self.lead = lead = self._make_lead(self._another(self.request), self.stored)
        assert lead._flight is not None
        return self._follow(lead._flight)._replace(lead=lead)

    def on_flight(self, now_ms: int) -> Action:
        """What it had followed is decided: one's own lead may have brought what is for nobody else."""
        lead, flight = self.lead, self._followed
        if lead is None or flight is None:
            return super().on_flight(now_ms)
        self.record.forwarded, self.record.forwarded_status = True, lead.record.forwarded_status
        if lead.brought is not None and flight.state in (FlightState.UNSHARABLE, FlightState.FAILED):
            self._followed = None
            return self._serve(lead.brought, lead.record.outcome, self.record.reason, now_ms)
        action = super().on_flight(now_ms)
        if self.record.outcome is Outcome.COLLAPSED:
            self.record.outcome = lead.record.outcome
        return action

    def on_head(self, head: ResponseHead, now_ms: int) -> Action:
        if head.status == 412 and self._asking.like is not None and self.stored is None:
            return self._on_changed(head, now_ms)
        self.received = head.headers
        return super().on_head(head, now_ms)

    def _on_changed(self, head: ResponseHead, now_ms: int) -> Action:
        """It is not what is stored of it: forget that, and ask anew. A peer's word may be older than ours."""
        assert self._asking.like is not None
        if head.position is not None and not self._asking.origin_only:
            self._asking.origin_only = True
            return self._ask(now_ms)
        self._cache.forget_parts(self.key, self._asking.like)
        self._asking.like = None
        return self._ask_for_whole(now_ms) if self.stretch.or_whole else self._ask(now_ms)

    def _ask_for_whole(self, now_ms: int) -> Action:
        self._asking.span = None
        if self._flight is not None:
            self._flight.span = None
        return self._ask(now_ms)

    def _on_final(self, flight: Flight, head: ResponseHead, now_ms: int) -> Action:
        head = _as_whole(head)
        if head.status not in (206, 416):
            flight.span = None  # what comes is the whole, or an error, for whoever asks
        if head.status == 206:
            if not self._is_of_use(flight, head, now_ms):
                return self._ask_for_whole(now_ms) if self.stretch.or_whole else self._of_no_use(head)
        elif head.status >= 400:
            self._entry_of(flight, head, now_ms)
        action = super()._on_final(flight, head, now_ms)
        self.unkept = self.record.not_stored is not None
        return action

    def _is_of_use(self, flight: Flight, head: ResponseHead, now_ms: int) -> bool:
        """Whether a 206 answers what is wanted, alone or together with others."""
        if arrived_of(head) is None:
            return False
        entry, wanted = self._entry_of(flight, head, now_ms), self.stretch
        like = likeness_of(entry)
        if wanted.or_whole:
            useful = like is not None and like == self._asking.like
        elif like is None and wanted.position is not None:
            useful = entry.end >= min(wanted.enough, entry.whole_bytes or wanted.enough)
        else:
            useful = True
        if wanted.position is not None and not entry.start <= wanted.position < entry.end:
            useful = False
        self.brought = entry if useful else None
        return useful

    def _of_no_use(self, head: ResponseHead) -> Action:
        """Let everyone ask in his own words."""
        self.record.not_stored = NotStored.UNSLICED
        self._cache.unsliced.remember(self.key, self._asking.asked_ms)
        self._decide(FlightState.UNSHARABLE)
        return self._relay_alone(head)

    def _why_not_stored(self, as_get: Request, head: ResponseHead, now_ms: int) -> NotStored | None:
        """A part by the same rules as the whole (RFC 9111 section 3.3)."""
        if head.status == 416:
            return NotStored.UNSLICED  # and no sign that others may not share what there is
        whole = head._replace(status=200) if head.status == 206 else head
        return super()._why_not_stored(as_get, whole, now_ms)

    def _entry_of(self, flight: Flight, head: ResponseHead, now_ms: int) -> Entry:
        if self.brought is not None:
            return self.brought
        arrived = arrived_of(head) if head.status == 206 else None
        if arrived is None:
            entry = super()._entry_of(flight, head, now_ms)
        else:
            entry = super()._entry_of(flight, head._replace(status=200), now_ms)
            entry = replace(entry, status=206, part=arrived.part, size_bytes=arrived.length)
        self.brought = entry
        return entry

    def _relay_alone(self, head: ResponseHead) -> Relay:
        """Let who waits for it read what is for nobody else; nothing of it is kept."""
        if self.brought is None or self._flight is None:
            return super()._relay_alone(head)
        self._step = Step.FILLING
        self._filling = Filling(self._cache, self._flight, self.brought, self.record)
        return Relay(relayed_reply(self.request, head), self.brought)


def _as_whole(head: ResponseHead) -> ResponseHead:
    """A 206 that brings all there is as the 200 that it amounts to (RFC 9111 section 3.4)."""
    arrived = arrived_of(head) if head.status == 206 else None
    if arrived is None or arrived.part.first or arrived.length != arrived.part.complete_bytes:
        return head
    length = ("content-length", str(arrived.length))
    return ResponseHead(200, head.headers.without(("content-range",)).replacing([length]), head.position)
