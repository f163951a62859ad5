"""The index: which responses are stored, by key and variant, and how many bytes they take.

The policy decides who must leave; the index keeps its own table and the policy's in step, and tells the
owner of the bodies about every entry that has left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from caching.entry import Entry
from caching.equivalents import Equivalents
from caching.headers import Headers
from caching.parts import Parts, likeness_of
from caching.paths import Paths
from caching.policies import Policy
from caching.purges import Purge, Scope, site_of
from caching.reasons import Dropped
from caching.searches import BY_ALL
from caching.settings import MIB
from caching.table import Table
from caching.tiers import Move, OnMove, Tiers
from caching.vary import selects, speaks

OnDropped = Callable[[Entry, Dropped], None]


class Found(NamedTuple):
    """What a look-up came to: an entry, or none though the key has ``other_variants``."""

    entry: Entry | None
    other_variants: bool


_NOTHING = Found(None, other_variants=False)


class Committed(NamedTuple):
    """What storing an entry did."""

    admitted: bool
    evicted: tuple[str, ...]
    """Ids of the entries that made room, in order."""


class CacheIndex:
    """Stored entries; lookups are O(variants of the key), and evictions O(1) each."""

    __slots__ = (
        "_by_group",
        "_by_id",
        "_by_tag",
        "_equivalents",
        "_max_variants",
        "_on_dropped",
        "_on_move",
        "_overhead_bytes",
        "_paths",
        "_variants",
        "on_changed",
        "parts",
        "policy",
        "tiers",
    )

    def __init__(
        self,
        policy: Policy[str],
        overhead_bytes: int,
        on_dropped: OnDropped,
        on_move: OnMove | None = None,
        *,
        max_variants: int = 50,
        bucket_bytes: int = MIB,
    ) -> None:
        self.policy = policy
        self.on_changed: Callable[[Entry], None] | None = None
        """Told of each entry that was added, refreshed, removed, or moved between memory and disk: who
        remembers what ``find`` has found."""
        self.parts = Parts(bucket_bytes)
        """Those of them that are parts of objects; ``find`` knows only whole ones."""
        self._max_variants = max_variants
        self._overhead_bytes = overhead_bytes
        self._on_dropped = on_dropped
        self._on_move = on_move or (lambda entry, move: None)
        self.tiers = policy if isinstance(policy, Tiers) else None
        """The policy, if there is a disk below memory."""
        if self.tiers is not None:
            self.tiers.listen(self._settle)
        self._by_id: dict[str, Entry] = {}
        self._variants = Table[str]()
        self._by_tag = Table[str]()
        self._by_group = Table[str]()
        self._equivalents = Equivalents()
        self._paths = Paths()

    def find(self, key: str, request_headers: Headers) -> Found:
        """The stored variant that a request selects, the newest if several do (RFC 9111 section 4)."""
        entries = self._variants.of(key)
        if self._equivalents:
            entries += self._equals_of(key)
        if not entries:
            return _NOTHING
        if len(entries) == 1 and not entries[0].selection:
            return Found(entries[0], other_variants=True)
        matching = [entry for entry in entries if selects(entry.selection, request_headers)] or [
            entry for entry in entries if speaks(entry.selection, entry.headers, request_headers)
        ]
        newest = max(matching, key=lambda entry: entry.response_ms, default=None)
        return Found(newest, other_variants=True)

    def any_variant(self, key: str) -> Entry | None:
        """Some stored variant of a key: its Vary is the best guess at what the next response will have."""
        return self._variants.first(key) or self.parts.any_of(key)

    def holds(self, entry: Entry) -> bool:
        """Whether this very response (not a successor under the same id) is stored."""
        stored = self._by_id.get(entry.id)
        return stored is not None and stored.serial == entry.serial

    def commit(self, entry: Entry) -> Committed:
        """Store an entry whose body is whole; it replaces an older one of the same variant, never a newer."""
        return self._commit(entry, self.policy.admit)

    def restore(self, entry: Entry) -> None:
        """Store an entry whose body was found on disk below, at start-up: first what was written first."""
        assert self.tiers is not None
        self._commit(entry, self.tiers.restore)

    def _commit(self, entry: Entry, admit: Callable[[str, int], list[str]]) -> Committed:
        if entry.size_bytes is None:
            raise RuntimeError(f"entry of {entry.key} has no size yet")
        replaced, outdated = self._by_id.get(entry.id), self._outdated_by(entry)
        newer = (one for one in (replaced, *outdated) if one is not None and one.serial > entry.serial)
        if any(newer):
            self._on_dropped(entry, Dropped.REPLACED)
            return Committed(admitted=False, evicted=())
        for one in outdated:
            self.remove(one, Dropped.REPLACED)
        victims = admit(entry.id, entry.size_bytes + self._overhead_bytes)
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
        self._settle()
        return Committed(entry.id not in victims, evicted)

    def _bound_variants(self, key: str) -> None:
        """Let those go that were stored or refreshed the longest ago, when a key has too many."""
        variants = self._variants.of(key)
        for oldest in variants[: -self._max_variants]:
            self.remove(oldest, Dropped.VARIANTS)

    def _outdated_by(self, entry: Entry) -> list[Entry]:
        """What an entry takes the place of besides the one of its id.

        A whole has no parts beside it, and a part no others, nor a whole, with which it does not belong
        together. A whole also stands for older ones of other queries that it answers.
        """
        if entry.part is None:
            parts = [one for one in self.parts.of(entry.key) if one.selection == entry.selection]
            return parts + self._older_equals(entry)
        like, wholes = likeness_of(entry), self.variants(entry.key)
        wholes = [one for one in wholes if one.selection == entry.selection and likeness_of(one) != like]
        return [one for one in (*self.parts.unlike(entry), *wholes) if one.id != entry.id]

    def _older_equals(self, entry: Entry) -> list[Entry]:
        equals = self._equals_of(entry.key) if entry.variance != BY_ALL else []
        same = (one for one in equals if one.selection == entry.selection and one.variance == entry.variance)
        return [one for one in same if one.serial < entry.serial]

    def refresh(self, entry: Entry) -> None:
        """Put a freshened entry in the place of the one with the same body, if that is still stored."""
        stored = self._by_id.get(entry.id)
        if stored is not None and stored.serial == entry.serial:
            self._unlink(stored)
            self._link(entry)
            if self.tiers is not None and entry.id in self.tiers.disk:
                self._on_move(entry, Move.REFRESH)

    def remove(self, entry: Entry, cause: Dropped) -> None:
        """Take a stored entry out, as it is now: it may have been refreshed since it was found."""
        self.policy.remove(entry.id)
        self._forget(self._by_id[entry.id], cause)

    def wrote(self, entry: Entry) -> None:
        """The body of an entry is on disk now, if the entry is still stored."""
        if self.tiers is not None and self.holds(entry):
            self.tiers.wrote(entry.id)

    def lost(self, entry: Entry, cause: Dropped, *, no_space: bool = False) -> None:
        """The body of an entry is not on disk after all; without one in memory it leaves.

        With ``no_space`` others make room on disk for as much.
        """
        if self.tiers is None or not self.holds(entry):
            return
        room_bytes = self.tiers.disk.size_of(entry.id) if no_space and entry.id in self.tiers.disk else 0
        if not self.tiers.lost(entry.id, room_bytes):
            self._forget(self._by_id[entry.id], cause)

    def _settle(self) -> None:
        """Let those go that neither tier has any more, and hand on what is to be done about the others."""
        if self.tiers is None:
            return
        victims, self.tiers.victims = self.tiers.victims, []
        for victim in victims:
            self._forget(self._by_id[victim], Dropped.EVICTED)
        moves, self.tiers.moves = self.tiers.moves, []
        for key, move in moves:
            if (entry := self._by_id.get(key)) is not None:
                self._on_move(entry, move)
                self.changed(entry)

    def matching(self, purge: Purge) -> list[Entry]:
        """The stored entries that a purge concerns, in time that grows with them and with the sites."""
        match purge.scope:
            case Scope.TAG:
                return self._by_tag.of(purge.value)
            case Scope.PREFIX:
                return self._paths.beginning(purge.value)
            case Scope.URL:
                sites = self._paths.sites if purge.value.startswith("/") else [""]
                return [entry for site in sites for entry in self.answering(site + purge.value)]
            case Scope.ALL:
                return list(self._by_id.values())

    def grouped(self, site: str, group: str) -> list[Entry]:
        """The stored entries of a site's group (RFC 9875)."""
        return self._by_group.of(f"{site} {group}")

    def answering(self, key: str) -> list[Entry]:
        """Every stored variant of a key, and of other queries that answer it (No-Vary-Search), with parts."""
        equals = [entry for entry in self._equivalents.of(key) if entry.key != key]
        return [*self.variants(key), *self.parts.of(key), *equals]

    def variants(self, key: str) -> list[Entry]:
        """Every stored variant of a key, whole."""
        return self._variants.of(key)

    def _equals_of(self, key: str) -> list[Entry]:
        """What is stored whole of other queries that answer a key."""
        return [entry for entry in self._equivalents.of(key) if entry.key != key and entry.part is None]

    def sole(self, key: str) -> Entry | None:
        """The one stored response that may be found under a key; None when there is not just one."""
        variants = self._variants.of(key)
        return variants[0] if len(variants) == 1 and not self._equals_of(key) else None

    def _link(self, entry: Entry) -> None:
        self._by_id[entry.id] = entry
        if entry.part is None:
            self._variants.add(entry.key, entry)
        else:
            self.parts.add(entry)
        self._equivalents.add(entry)
        self._paths.add(entry)
        for tag in entry.tags:
            self._by_tag.add(tag, entry)
        for group in entry.groups:
            self._by_group.add(f"{site_of(entry.key)} {group}", entry)
        self.changed(entry)

    def _unlink(self, entry: Entry) -> None:
        del self._by_id[entry.id]
        if entry.part is None:
            self._variants.discard(entry.key, entry)
        else:
            self.parts.discard(entry)
        for tag in entry.tags:
            self._by_tag.discard(tag, entry)
        self._equivalents.discard(entry)
        self._paths.discard(entry)
        for group in entry.groups:
            self._by_group.discard(f"{site_of(entry.key)} {group}", entry)
        self.changed(entry)

    def changed(self, entry: Entry) -> None:
        """Nobody should go on as if an entry, or the place of its body, were as before."""
        if self.on_changed is not None:
            self.on_changed(entry)

    def _forget(self, entry: Entry, cause: Dropped) -> None:
        self._unlink(entry)
        self._on_dropped(entry, cause)

    def __len__(self) -> int:
        return len(self._by_id)

    def __repr__(self) -> str:
        return f"CacheIndex({len(self)} entries, {self.policy!r})"
