"""Which other queries a stored response answers: No-Vary-Search (draft-ietf-httpbis-no-vary-search).

The field is a Dictionary: with ``key-order`` the order of parameters does not matter, with ``params`` none of
them does, or none of those that it lists; ``except`` lists those that do all the same. A field that is not so
is ignored, and the response answers its own query alone. A response speaks for its own path and no other.

Names and values are compared as application/x-www-form-urlencoded decodes them, but by their bytes: two that
are no UTF-8 may still differ.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from caching.headers import Headers
from caching.structured import InnerList, Item, Member, parse_dictionary


class Variance(NamedTuple):
    """By which parameters the responses of a path differ."""

    named: frozenset[bytes] = frozenset()
    """The names that do not matter; or, with ``only_named``, those that do."""
    only_named: bool = False
    any_order: bool = False

    def matters(self, name: bytes) -> bool:
        """Whether responses may differ by this parameter."""
        return (name in self.named) is self.only_named


BY_ALL = Variance()
"""That of a response which does not say."""

Search = tuple[tuple[bytes, bytes], ...]
"""What counts of a query under some variance: names and values, decoded."""


def variance_of(headers: Headers) -> Variance:
    """The variance of a response."""
    text = headers.get("no-vary-search")
    return _variance(text) if text else BY_ALL


def search_of(url: str, variance: Variance) -> Search:
    """What counts of the query of a key, or of a path with a query."""
    _, _, query = url.partition("?")
    pairs = [_pair(item) for item in query.split("&") if item]
    kept = [pair for pair in pairs if variance.matters(pair[0])]
    if variance.any_order:
        kept.sort(key=lambda pair: pair[0])
    return tuple(kept)


def answers(stored: str, asked: str, variance: Variance | None) -> bool:
    """Whether what is stored under one key answers another; None for a variance that is not known yet."""
    if stored == asked:
        return True
    if variance == BY_ALL or stored.partition("?")[0] != asked.partition("?")[0]:
        return False
    return variance is None or search_of(stored, variance) == search_of(asked, variance)


def _pair(item: str) -> tuple[bytes, bytes]:
    name, _, value = item.partition("=")
    return _decoded(name), _decoded(value)


def _decoded(text: str) -> bytes:
    return unquote_to_bytes(text.replace("+", " ").encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=1024)
def _variance(text: str) -> Variance:
    members = parse_dictionary(text) or {}
    any_order = _flag(members.get("key-order"), absent=False)
    params, exceptions = members.get("params"), members.get("except")
    if any_order is None:
        return BY_ALL
    if isinstance(params, InnerList):
        names = _names(params)
        return BY_ALL if names is None or exceptions is not None else Variance(names, False, any_order)
    irrelevant = _flag(params, absent=False)
    kept = frozenset[bytes]() if exceptions is None else _names(exceptions)
    if irrelevant is None or kept is None or (exceptions is not None and not irrelevant):
        return BY_ALL
    return Variance(kept, irrelevant, any_order)


def _flag(member: Member | None, *, absent: bool) -> bool | None:
    if member is None:
        return absent
    return member.value if isinstance(member, Item) and isinstance(member.value, bool) else None


def _names(member: Member) -> frozenset[bytes] | None:
    """The names in an inner list of Strings, decoded; None for anything else."""
    if not isinstance(member, InnerList):
        return None
    values = [item.value for item in member.items]
    names = [_decoded(value) for value in values if type(value) is str]
    return frozenset(names) if len(names) == len(values) else None
