"""What an exchange owes to others: the flight that it leads, and the body that it fills.

Followers wait for the flight and read from the body. So a flight that was opened is always decided, and a
filling always ended, whatever becomes of the request.
"""

from __future__ import annotations

from enum import Enum

from caching.cache import Cache
from caching.entry import Entry
from caching.filling import Filling
from caching.flights import Flight, FlightState
from caching.reasons import Failure, NotStored
from caching.record import Record


class Step(Enum):
    """Where an exchange stands; the module's docstring is the table of what may follow."""

    NEW = "new"
    FOLLOWING = "following"
    FETCHING = "fetching"
    FILLING = "filling"
    DONE = "done"


class Leader:
    """The side of an exchange that others depend on."""

    def __init__(self, cache: Cache, key: str) -> None:
        self.key = key
        self.record = Record(key, cache.position)
        self._cache = cache
        self._step = Step.NEW
        self._flight: Flight | None = None
        self._filling: Filling | None = None

    @property
    def _must_not_lead(self) -> bool:
        """Whether another would be one fill too many."""
        return self._cache.is_at_max_fills

    def on_growth(self, size_bytes: int) -> bool:
        """So much of the body has arrived; whether to keep it all, for it may still be stored."""
        self.record.upstream_bytes = size_bytes
        self._expect(Step.FILLING)
        assert self._filling is not None
        return self._filling.grown(size_bytes)

    def on_filled(self, size_bytes: int) -> None:
        """The body arrived whole."""
        self.record.upstream_bytes = size_bytes
        self._filling_ends().arrived(size_bytes)

    def on_fill_failed(self, why: NotStored = NotStored.FILL_FAILED) -> None:
        """The body broke off, or is not what it should be: nothing of it is kept."""
        self._filling_ends().broke_off(why)

    def _filling_ends(self) -> Filling:
        self._expect(Step.FILLING)
        assert self._filling is not None
        self._step = Step.DONE
        return self._filling

    def finish(self) -> None:
        """The driver lets go, whatever had happened; calling it again is no harm."""
        if self._step is Step.FILLING:
            self.on_fill_failed()
        elif self._flight is not None and not self._flight.decided:
            self._decide(FlightState.ABANDONED)
        self._step = Step.DONE

    def _decide(self, state: FlightState, entry: Entry | None = None, why: Failure | None = None) -> None:
        """Settle the flight that this request leads, if it leads one: no one joins it any more."""
        if self._flight is not None:
            self._cache.flights.close(self._flight)
            self._flight.decide(state, entry, why)

    def _expect(self, step: Step) -> None:
        if self._step is not step:
            raise RuntimeError(f"{self!r} must be {step.value} for this")
