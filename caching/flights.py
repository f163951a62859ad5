"""Flights: the fills and validations under way, and who waits for them.

One request leads a flight, later ones for the same key follow it. The leader decides the flight once:
its state leaves PENDING and every listener is told, in the order in which they came. Listeners are how a
driver without locks learns that it may go on; they must not call back into the flight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum

from caching.entry import Entry
from caching.headers import Headers
from caching.purges import Purge, site_of
from caching.reasons import Failure
from caching.vary import Selection, selects


class FlightState(Enum):
    """What a flight has come to."""

    PENDING = "pending"
    """The leader is still waiting for upstream's head."""
    FILLING = "filling"
    """The body is arriving, and may be read as it does."""
    REVALIDATED = "revalidated"
    """What is stored still holds."""
    UNSHARABLE = "unsharable"
    """The response is for the leader alone."""
    FAILED = "failed"
    """Upstream could not be asked, or answered with an error that stale content may stand in for."""
    ABANDONED = "abandoned"
    """The leader left before upstream answered."""


class Flight:
    """One fill or validation of one key."""

    __slots__ = (
        "_listeners",
        "_selection",
        "alone",
        "anew",
        "entry",
        "failure",
        "key",
        "outdated",
        "outgrown",
        "position",
        "span",
        "state",
    )

    def __init__(self, key: str, position: int, selection: Selection, *, anew: bool = False) -> None:
        self.key = key
        self.anew = anew
        """Its leader asks for more than is stored anywhere, so that it serves those who do too."""
        self.alone = False
        """What it brings is likely for its leader only: nobody waits for its head."""
        self.span: str | None = None
        """The Range that it asks for; None when it brings the whole."""
        self.position = position
        """The newest event that was applied when it began."""
        self.state = FlightState.PENDING
        self.entry: Entry | None = None
        self.failure: Failure | None = None
        self.outdated = False
        """A purge that matches it has come: what it brings is delivered, and not stored as fresh."""
        self.outgrown = False
        """Its body has become too large to be stored, and its beginning may be gone already."""
        self._selection = selection
        self._listeners: list[Callable[[], None]] = []

    @property
    def decided(self) -> bool:
        return self.state is not FlightState.PENDING

    def serves(self, request_headers: Headers) -> bool:
        """Whether it will bring what a request selects, as far as can be known before the head is there."""
        if self.entry is None:
            return not self.alone and selects(self._selection, request_headers)
        return selects(self.entry.selection, request_headers)

    def decide(self, state: FlightState, entry: Entry | None = None, failure: Failure | None = None) -> None:
        """Settle what it comes to, and tell those who wait."""
        if self.decided:
            raise RuntimeError(f"flight of {self.key} was {self.state.value} and cannot be {state.value}")
        self.state, self.entry, self.failure = state, entry, failure
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener()

    def on_decided(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` once the flight is decided: at once, if it already is."""
        if self.decided:
            listener()
        else:
            self._listeners.append(listener)

    def matched_by(self, purge: Purge) -> bool:
        """Whether a purge concerns it; tags and other queries may be meant until the head is there."""
        if self.entry is None:
            return purge.matches(self.key, (purge.value,), None)
        return purge.matches(self.key, self.entry.tags, self.entry.variance)

    def grouped_by(self, site: str, group: str) -> bool:
        """Whether it may bring a response of a site's group, which its head tells."""
        return site_of(self.key) == site and (self.entry is None or group in self.entry.groups)

    def __repr__(self) -> str:
        return f"Flight({self.key!r}, {self.state.value}{', outdated' if self.outdated else ''})"


class Flights:
    """The flights that a new request may still join, by key, and how many there are in all."""

    __slots__ = ("_by_key", "_under_way")

    def __init__(self) -> None:
        self._by_key: dict[str, list[Flight]] = {}
        self._under_way: set[Flight] = set()

    @property
    def under_way(self) -> int:
        """Fills and validations that have not ended, also those that nobody may join any more.

        What a request asks for itself alone is none until it turns out to be for others too.
        """
        return len(self._under_way)

    def joinable(self, key: str, request_headers: Headers, span: str | None = None) -> Flight | None:
        """The newest flight that brings what a request selects, of the whole or of one ``span``."""
        for flight in reversed(self._by_key.get(key, ())):
            if flight.span == span and flight.serves(request_headers):
                return flight
        return None

    def open(self, flight: Flight) -> None:
        """Let others join, from now on."""
        self._by_key.setdefault(flight.key, []).append(flight)
        if not flight.alone:
            self._under_way.add(flight)

    def close(self, flight: Flight) -> None:
        """It has ended; closing twice is no harm."""
        self._under_way.discard(flight)
        self.withdraw(flight)

    def withdraw(self, flight: Flight) -> None:
        """Let no one join any more, though it goes on; no harm when a purge has done so before."""
        flights = self._by_key.get(flight.key, [])
        if flight in flights:
            flights.remove(flight)
            if not flights:
                del self._by_key[flight.key]

    def outdate(self, purge: Purge) -> None:
        """Mark what a purge matches and withdraw it, so that who comes after the purge asks anew."""
        self._outdate([flight for flight in self._all() if flight.matched_by(purge)])

    def outdate_group(self, site: str, group: str) -> None:
        """Do the same to what a group's invalidation concerns."""
        self._outdate([flight for flight in self._all() if flight.grouped_by(site, group)])

    def _all(self) -> Iterator[Flight]:
        return (flight for flights in self._by_key.values() for flight in flights)

    def _outdate(self, matched: list[Flight]) -> None:
        for flight in matched:
            flight.outdated = True
            self.withdraw(flight)

    def __len__(self) -> int:
        return sum(len(flights) for flights in self._by_key.values())
