"""What a response says about caching: the directives that count (RFC 9111 section 5.2, RFC 9213).

Every rule that reads Cache-Control or Expires of a response asks here, so that a targeted field
(CDN-Cache-Control) counts everywhere or nowhere. The fields themselves are forwarded as they came: the caches
behind this one have targets of their own (RFC 9213 section 3.1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from caching.fields import MAY_NAME_FIELDS, parse_directives
from caching.headers import Headers
from caching.structured import Item, Member, parse_dictionary

# RFC 9213 section 2.1: the type of a directive follows from how Cache-Control writes it.
_SECONDS = frozenset(("max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"))
_FLAGS = frozenset(
    (
        "immutable",
        "must-revalidate",
        "must-understand",
        "no-store",
        "no-transform",
        "proxy-revalidate",
        "public",
    )
)

# A response without these is another response: a directive that names one stands for the whole.
_ESSENTIAL = frozenset(
    (
        "age",
        "cache-control",
        "content-encoding",
        "content-length",
        "content-range",
        "content-type",
        "date",
        "etag",
        "expires",
        "last-modified",
        "vary",
    )
)
_NO_FIELDS = frozenset[str]()
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")


class Control(NamedTuple):
    """The directives in force, lower-case name to argument (None without one), and the Expires in force."""

    directives: Mapping[str, str | None]
    expires: str | None
    """None when there is none, or when a targeted field is in its place."""

    def has(self, *names: str) -> bool:
        """Whether any of these directives is given."""
        return not self.directives.keys().isdisjoint(names)

    @property
    def says_lifetime(self) -> bool:
        """Whether the response itself says how long it is fresh (RFC 9111 section 4.2.1)."""
        return self.expires is not None or self.has("s-maxage", "max-age")

    def forbids(self, name: str) -> bool:
        """Whether ``no-cache`` or ``private`` is said of the whole response, and not of some fields."""
        return name in self.directives and not self.fields_of(name)

    def fields_of(self, name: str) -> frozenset[str]:
        """The lower-case fields to which ``no-cache`` or ``private`` is limited (RFC 9111 section 5.2.2)."""
        said = self.directives.get(name)
        if not said:
            return _NO_FIELDS
        named = [field.strip().lower() for field in said.split(",")]
        named = [field for field in named if field]
        if any(field in _ESSENTIAL or _FIELD_NAME.fullmatch(field) is None for field in named):
            return _NO_FIELDS
        return frozenset(named)

    @property
    def withheld_fields(self) -> frozenset[str]:
        """The fields that go to the client that asked and to nobody after it."""
        return self.fields_of("no-cache") | self.fields_of("private")


def control_of(headers: Headers, targeted_fields: tuple[str, ...]) -> Control:
    """What a response says: the first valid, non-empty field of the target list, or the general ones.

    ``targeted_fields`` are lower-case names, the most specific first (RFC 9213 section 2.2).
    """
    for name in targeted_fields:
        text = headers.get(name)
        if text is not None and (directives := _targeted(text)):
            return Control(directives, None)
    expires = headers.all("expires") if "expires" in headers else None
    return Control(parse_directives(headers.get("cache-control")), expires[0] if expires else None)


@lru_cache(maxsize=4096)
def _targeted(text: str) -> Mapping[str, str | None]:
    """The directives of a targeted field; empty for one to ignore as a whole (RFC 9213 section 2.1)."""
    directives: dict[str, str | None] = {}
    for name, member in (parse_dictionary(text) or {}).items():
        if not _is_of_its_type(name, member):
            return {}
        value = member.value if isinstance(member, Item) else None
        directives[name] = str(value) if type(value) in (int, str) else None
    return directives


def _is_of_its_type(name: str, member: Member) -> bool:
    """An extension may be anything; of a directive that is known, a value of another type is an error."""
    if name in _SECONDS:
        return isinstance(member, Item) and type(member.value) is int
    if name in MAY_NAME_FIELDS:
        return isinstance(member, Item) and (member.value is True or isinstance(member.value, str))
    return name not in _FLAGS or (isinstance(member, Item) and member.value is True)
