"""Stored entries by a name that several may share: a key, a tag, a folder.

Most names have one entry, and a table of one would take more memory than all else that the index knows of
it. So a name's only entry stands there itself, and gets a table when another one joins it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from caching.entry import Entry

K = TypeVar("K")


class Table(Generic[K]):
    """Entries by name, and by id under each; those of one name in the order in which they were added."""

    __slots__ = ("_by_name",)

    def __init__(self) -> None:
        self._by_name: dict[K, Entry | dict[str, Entry]] = {}

    def add(self, name: K, entry: Entry) -> None:
        """Put an entry last, or in the place of the one of its id."""
        held = self._by_name.setdefault(name, entry)
        if isinstance(held, dict):
            held[entry.id] = entry
        elif held.id == entry.id:
            self._by_name[name] = entry
        else:
            self._by_name[name] = {held.id: held, entry.id: entry}

    def discard(self, name: K, entry: Entry) -> None:
        """Take out the entry of that id; no harm when there is none."""
        held = self._by_name.get(name)
        if isinstance(held, dict):
            held.pop(entry.id, None)
            if len(held) == 1:
                (self._by_name[name],) = held.values()
        elif held is not None and held.id == entry.id:
            del self._by_name[name]

    def of(self, name: K) -> list[Entry]:
        """Every entry of a name."""
        held = self._by_name.get(name)
        if held is None:
            return []
        return list(held.values()) if isinstance(held, dict) else [held]

    def first(self, name: K) -> Entry | None:
        """The one that has been there the longest."""
        held = self._by_name.get(name)
        return next(iter(held.values())) if isinstance(held, dict) else held

    def newest_first(self, name: K) -> Iterator[Entry]:
        """Those of a name, the one that came last before the others."""
        held = self._by_name.get(name)
        if isinstance(held, dict):
            yield from reversed(held.values())
        elif held is not None:
            yield held

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[K]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)
