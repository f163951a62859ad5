"""The index: which responses are stored, by key and variant, and how many bytes they take.

The policy decides who must leave; the index keeps its own table and the policy's in step, and tells the
owner of the bodies about every entry that has left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from caching.entry import Entry
from caching.headers import Headers
from caching.policies import Policy
from caching.purges import Purge, Scope
from caching.reasons import Dropped
from caching.vary import selects, speaks

OnDropped = Callable[[Entry, Dropped], None]


class Found(NamedTuple):
    """What a look-up came to: an entry, or none though the key has ``other_variants``."""

    entry: Entry | None
    other_variants: bool


class Committed(NamedTuple):
    """What storing an entry did."""

    admitted: bool
    evicted: tuple[str, ...]
    """Ids of the entries that made room, in order."""


class CacheIndex:
    """Stored entries; lookups are O(variants of the key), and evictions O(1) each."""

    __slots__ = (
        "_by_id",
        "_by_tag",
        "_max_variants",
        "_on_dropped",
        "_overhead_bytes",
        "_variants",
        "policy",
    )

    def __init__(
        self, policy: Policy[str], overhead_bytes: int, on_dropped: OnDropped, *, max_variants: int = 50
    ) -> None:
        self.policy = policy
        self._max_variants = max_variants
        self._overhead_bytes = overhead_bytes
        self._on_dropped = on_dropped
        self._by_id: dict[str, Entry] = {}
        self._variants: dict[str, dict[str, Entry]] = {}
        self._by_tag: dict[str, dict[str, Entry]] = {}

    def find(self, key: str, request_headers: Headers) -> Found:
        """The stored variant that a request selects, the newest if several do (RFC 9111 section 4)."""
        variants = self._variants.get(key)
        if variants is None:
            return Found(None, other_variants=False)
        entries = variants.values()
        matching = [entry for entry in entries if selects(entry.selection, request_headers)] or [
            entry for entry in entries if speaks(entry.selection, entry.headers, request_headers)
        ]
        newest = max(matching, key=lambda entry: entry.response_ms, default=None)
        return Found(newest, other_variants=True)

    def any_variant(self, key: str) -> Entry | None:
        """Some stored variant of a key: its Vary is the best guess at what the next response will have."""
        return next(iter(self._variants.get(key, {}).values()), None)

    def holds(self, entry: Entry) -> bool:
        """Whether this very response (not a successor under the same id) is stored."""
        stored = self._by_id.get(entry.id)
        return stored is not None and stored.serial == entry.serial

    def commit(self, entry: Entry) -> Committed:
        """Store an entry whose body is whole; it replaces an older one of the same variant, never a newer."""
        if entry.size_bytes is None:
            raise RuntimeError(f"entry of {entry.key} has no size yet")
        replaced = self._by_id.get(entry.id)
        if replaced is not None and replaced.serial > entry.serial:
            self._on_dropped(entry, Dropped.REPLACED)
            return Committed(admitted=False, evicted=())
        victims = self.policy.admit(entry.id, entry.size_bytes + self._overhead_bytes)
        if replaced is not None:
            self._forget(replaced, Dropped.REPLACED)
        if entry.id in victims:
            self._on_dropped(entry, Dropped.NOT_ADMITTED)
        else:
            self._link(entry)
        evicted = tuple(victim for victim in victims if victim != entry.id)
        for victim in evicted:
            self._forget(self._by_id[victim], Dropped.EVICTED)
        self._bound_variants(entry.key)
        return Committed(entry.id not in victims, evicted)

    def _bound_variants(self, key: str) -> None:
        """Let those go that were stored or refreshed the longest ago, when a key has too many."""
        variants = self._variants.get(key, {})
        while len(variants) > self._max_variants:
            self.remove(next(iter(variants.values())), Dropped.VARIANTS)

    def refresh(self, entry: Entry) -> None:
        """Put a freshened entry in the place of the one with the same body, if that is still stored."""
        stored = self._by_id.get(entry.id)
        if stored is not None and stored.serial == entry.serial:
            self._unlink(stored)
            self._link(entry)

    def remove(self, entry: Entry, cause: Dropped) -> None:
        """Take a stored entry out, as it is now: it may have been refreshed since it was found."""
        self.policy.remove(entry.id)
        self._forget(self._by_id[entry.id], cause)

    def matching(self, purge: Purge) -> list[Entry]:
        """The stored entries that a purge concerns."""
        if purge.scope is Scope.TAG:
            return list(self._by_tag.get(purge.value, {}).values())
        if purge.scope is Scope.URL and not purge.value.startswith("/"):
            return self.variants(purge.value)
        return [entry for entry in self._by_id.values() if purge.matches(entry.key, ())]

    def variants(self, key: str) -> list[Entry]:
        """Every stored variant of a key."""
        return list(self._variants.get(key, {}).values())

    def _link(self, entry: Entry) -> None:
        self._by_id[entry.id] = entry
        self._variants.setdefault(entry.key, {})[entry.id] = entry
        for tag in entry.tags:
            self._by_tag.setdefault(tag, {})[entry.id] = entry

    def _unlink(self, entry: Entry) -> None:
        del self._by_id[entry.id]
        _discard(self._variants, entry.key, entry.id)
        for tag in entry.tags:
            _discard(self._by_tag, tag, entry.id)

    def _forget(self, entry: Entry, cause: Dropped) -> None:
        self._unlink(entry)
        self._on_dropped(entry, cause)

    def __len__(self) -> int:
        return len(self._by_id)

    def __repr__(self) -> str:
        return f"CacheIndex({len(self)} entries, {self.policy!r})"


def _discard(table: dict[str, dict[str, Entry]], name: str, entry_id: str) -> None:
    """Drop one entry from a table of tables, and the inner table with its last."""
    inner = table.get(name, {})
    inner.pop(entry_id, None)
    if not inner:
        table.pop(name, None)
