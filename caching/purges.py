"""Purges: what they match, and which have been applied.

A purge is an event with a position. The history answers the one question that keeps rule 3 of the
design (nothing purged is ever served as fresh): has a purge matched this response since it was chosen?
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from caching.searches import BY_ALL, Variance, answers


class Scope(Enum):
    """What a purge's value names."""

    URL = "url"
    """One URL, all its variants; or a path alone, which matches on every site."""
    PREFIX = "prefix"
    """Everything that begins so: a URL, or a path on every site."""
    TAG = "tag"
    """Everything that carries a tag (Cache-Tag, Surrogate-Key)."""
    ALL = "all"
    """Everything."""


class Purge(NamedTuple):
    """A purge as the cache applies it. ``value`` is a key (or the beginning of one), a path, or a tag."""

    scope: Scope
    value: str = ""
    soft: bool = False
    """Keep it for revalidation and as a stale stand-in, but never serve it as fresh."""

    def matches(self, key: str, tags: Sequence[str], variance: Variance | None = BY_ALL) -> bool:
        """Whether it concerns a response stored under ``key`` with ``tags``, or one that it would answer.

        ``variance`` is that of the response; None for one that is not known yet.
        """
        if self.scope is Scope.ALL:
            return True
        if self.scope is Scope.TAG:
            return self.value in tags
        subject = path_of(key) if self.value.startswith("/") else key
        if self.scope is Scope.PREFIX:
            return subject.startswith(self.value)
        return answers(subject, self.value, variance)


def site_of(key: str) -> str:
    """The site of a key: ``http://a/b?c`` to ``http://a``."""
    end = key.find("/", key.find("://") + 3)
    return key[:end] if end >= 0 else key


def path_of(key: str) -> str:
    """The path and query of a key: ``http://a/b?c`` to ``/b?c``."""
    start = key.find("/", key.find("://") + 3)
    return key[start:] if start >= 0 else "/"


class PurgeHistory:
    """The newest purges by position, at most ``limit`` of them one by one.

    When it overflows, the oldest are forgotten and count as matching everything: the answer can only
    err towards fetching once more. So does a history that begins at ``floor``, in the middle of a log.
    """

    __slots__ = ("_floor", "_limit", "_newest")

    def __init__(self, limit: int, floor: int = 0) -> None:
        self._limit = limit
        self._floor = floor
        self._newest: OrderedDict[tuple[Scope, str], tuple[Purge, int]] = OrderedDict()

    def add(self, purge: Purge, position: int) -> None:
        """Record a purge; positions only grow."""
        identity = (purge.scope, purge.value)
        self._newest.pop(identity, None)
        self._newest[identity] = (purge, position)
        if len(self._newest) > self._limit:
            _, (_, forgotten) = self._newest.popitem(last=False)
            self._floor = forgotten

    def matched_after(
        self, position: int, key: str, tags: Sequence[str], variance: Variance = BY_ALL
    ) -> bool:
        """Whether a purge newer than ``position`` matches; O(purges since then)."""
        if position < self._floor:
            return True
        for purge, at in reversed(self._newest.values()):
            if at <= position:
                return False
            if purge.matches(key, tags, variance):
                return True
        return False
