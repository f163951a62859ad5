"""The end of a fill: whether what has arrived is stored, and what becomes of it otherwise.

The Exchange that leads a flight begins a filling when the response may be stored; the driver then says how
its body ended. A purge that came meanwhile, the size of the body and the policy have the last word.
"""

from __future__ import annotations

from dataclasses import replace

from caching.cache import Cache
from caching.entry import Entry
from caching.flights import Flight
from caching.reasons import Dropped, NotStored
from caching.record import Record


class Filling:
    """One body on its way into the cache."""

    __slots__ = ("_cache", "_entry", "_flight", "_record")

    def __init__(self, cache: Cache, flight: Flight, entry: Entry, record: Record) -> None:
        self._cache, self._flight, self._entry, self._record = cache, flight, entry, record

    def grown(self, size_bytes: int) -> bool:
        """So much of the body is there; whether it may still come to be stored.

        Once it is too large nobody new may join its flight: who comes asks for himself.
        """
        if size_bytes > self._cache.settings.max_object_bytes and not self._flight.outgrown:
            self._flight.outgrown = True
            self._cache.flights.withdraw(self._flight)
            self._record.not_stored, self._record.stored = NotStored.TOO_LARGE, False
        return not self._flight.outgrown

    def arrived(self, size_bytes: int) -> None:
        """The body is whole: store it, unless a purge, a rule or its size forbids."""
        self._cache.flights.close(self._flight)
        if self._entry.part is not None and size_bytes != self._entry.size_bytes:
            # It ended before it should, on a connection that cannot tell.
            self._give_up(self._entry, NotStored.FILL_FAILED, Dropped.FILL_FAILED)
            return
        entry = self._entry
        if size_bytes != entry.size_bytes:
            entry = replace(entry, size_bytes=size_bytes)
        if self._flight.outdated:
            self._give_up(entry, NotStored.PURGED, Dropped.PURGED)
        elif size_bytes > self._cache.settings.max_object_bytes:
            self._give_up(entry, NotStored.TOO_LARGE, Dropped.NOT_ADMITTED)
        elif self._record.not_stored is not None:
            self._give_up(entry, self._record.not_stored, Dropped.NOT_ADMITTED)
        else:
            self._commit(entry)

    def broke_off(self, why: NotStored = NotStored.FILL_FAILED) -> None:
        """The rest of the body will not come: nothing of it is kept."""
        self._cache.flights.close(self._flight)
        if self._flight.outgrown and why is NotStored.FILL_FAILED:
            why = NotStored.TOO_LARGE
        self._give_up(self._entry, why, Dropped.FILL_FAILED)

    def _commit(self, entry: Entry) -> None:
        committed, record = self._cache.index.commit(entry), self._record
        record.evicted, record.stored = committed.evicted, committed.admitted
        record.not_stored = None if committed.admitted else NotStored.NOT_ADMITTED

    def _give_up(self, entry: Entry, why: NotStored, cause: Dropped) -> None:
        self._record.not_stored, self._record.stored = why, False
        self._cache.drop(entry, cause)
