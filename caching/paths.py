"""Stored entries by folder, so that what begins in some way is found without a look at the rest.

The folder of ``http://cdn/vod/film/1.m4s?x=1`` is ``http://cdn/vod/film/``. Folders deeper than ``_DEEPEST``
count as their ancestor at that depth, so that no long path makes a table for each of its slashes.
"""

from __future__ import annotations

from caching.entry import Entry
from caching.table import Table

_DEEPEST = 16


def folder_of(key: str) -> str:
    """The folder of a key, or of the beginning of one."""
    path = key.partition("?")[0]
    end = path.find("/", path.find("://") + 3)
    if end < 0:
        return path + "/"
    for _ in range(_DEEPEST):
        following = path.find("/", end + 1)
        if following < 0:
            break
        end = following
    return path[: end + 1]


class Paths:
    """A tree of folders; adding and discarding an entry is O(1) but for a folder's first and last."""

    __slots__ = ("_entries", "_folders", "_roots")

    def __init__(self) -> None:
        self._entries = Table[str]()
        """By folder."""
        self._folders: dict[str, dict[str, None]] = {}
        """The folders in a folder that hold something, however deep."""
        self._roots: dict[str, None] = {}

    @property
    def sites(self) -> list[str]:
        """Scheme and authority of everything stored: ``http://cdn``."""
        return [root[:-1] for root in self._roots]

    def add(self, entry: Entry) -> None:
        folder = folder_of(entry.key)
        if folder not in self._entries:
            self._open(folder)
        self._entries.add(folder, entry)

    def discard(self, entry: Entry) -> None:
        folder = folder_of(entry.key)
        self._entries.discard(folder, entry)
        self._close(folder)

    def beginning(self, prefix: str) -> list[Entry]:
        """The entries whose keys begin so; with a path alone, on every site."""
        if prefix.startswith("/"):
            return [entry for site in self.sites for entry in self.beginning(site + prefix)]
        if prefix.find("/", prefix.find("://") + 3) < 0 or "://" not in prefix:
            return self._below([root for root in self._roots if root.startswith(prefix)])
        folder = folder_of(prefix)
        here = [entry for entry in self._entries.of(folder) if entry.key.startswith(prefix)]
        return here + self._below([one for one in self._folders.get(folder, ()) if one.startswith(prefix)])

    def _below(self, folders: list[str]) -> list[Entry]:
        """Everything in some folders and in those in them."""
        found: list[Entry] = []
        while folders:
            folder = folders.pop()
            found += self._entries.of(folder)
            folders += self._folders.get(folder, ())
        return found

    def _open(self, folder: str) -> None:
        while (parent := _parent(folder)) is not None:
            siblings = self._folders.setdefault(parent, {})
            if folder in siblings:
                return
            siblings[folder] = None
            folder = parent
        self._roots[folder] = None

    def _close(self, folder: str) -> None:
        """Forget a folder that holds nothing any more, and those above it of which that is true then."""
        while folder not in self._entries and not self._folders.get(folder):
            self._folders.pop(folder, None)
            parent = _parent(folder)
            if parent is None:
                self._roots.pop(folder, None)
                return
            del self._folders[parent][folder]
            folder = parent


def _parent(folder: str) -> str | None:
    """The folder that a folder is in; None for a site's first."""
    start = folder.find("://") + 3
    end = folder.rfind("/", start, len(folder) - 1)
    return folder[: end + 1] if end >= 0 else None
