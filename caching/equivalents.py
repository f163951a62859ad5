"""Stored entries that answer other queries of their path than their own (No-Vary-Search).

A look-up costs one table for each variance that is in force on the path. That is one, as the draft bids
servers; when it is more than a few, the others answer their own queries alone, which the draft allows caches.
"""

from __future__ import annotations

from caching.entry import Entry
from caching.searches import BY_ALL, Search, Variance, search_of

_MAX_VARIANCES = 4

_Searches = dict[Search, dict[str, Entry]]


class Equivalents:
    """Entries by path, variance, and what counts of their query under it."""

    __slots__ = ("_by_path",)

    def __init__(self) -> None:
        self._by_path: dict[str, dict[Variance, _Searches]] = {}

    def add(self, entry: Entry) -> None:
        """Take in an entry, if it is one that answers more than its own query."""
        variance = entry.variance
        if variance == BY_ALL:
            return
        variances = self._by_path.setdefault(_path_of(entry.key), {})
        if variance in variances or len(variances) < _MAX_VARIANCES:
            searches = variances.setdefault(variance, {})
            searches.setdefault(search_of(entry.key, variance), {})[entry.id] = entry

    def discard(self, entry: Entry) -> None:
        """No harm for an entry that was not taken in."""
        path, variance = _path_of(entry.key), entry.variance
        variances = self._by_path.get(path)
        if variances is None or variance not in variances:
            return
        searches, search = variances[variance], search_of(entry.key, variance)
        searches.get(search, {}).pop(entry.id, None)
        if not searches.get(search):
            searches.pop(search, None)
        if not searches:
            del variances[variance]
        if not variances:
            del self._by_path[path]

    def of(self, key: str) -> list[Entry]:
        """The entries that answer a key, those of that very key among them."""
        variances = self._by_path.get(_path_of(key)) if self._by_path else None
        if variances is None:
            return []
        return [
            entry
            for variance, searches in variances.items()
            for entry in searches.get(search_of(key, variance), {}).values()
        ]

    def __bool__(self) -> bool:
        return bool(self._by_path)

    def __len__(self) -> int:
        return sum(
            len(entries)
            for variances in self._by_path.values()
            for searches in variances.values()
            for entries in searches.values()
        )


def _path_of(key: str) -> str:
    return key.partition("?")[0]
