"""The facts that travel on the bus, and the envelopes in which they do.

An event is a fact in the past tense. A `Record` gives it its place in the log: positions are 1, 2, 3, ...
without a gap, and 0 means "nothing yet". The same JSON bytes lie in the log file and go over the wire, so
there is one codec. What comes from outside is checked here and nowhere else: a type that this node doesn't
know, a missing or surplus field, a value out of range give one `EventError` that names it. A surplus field
is refused because a field that an older node would skip may be the one that narrows or widens a purge.
"""

import re
from enum import StrEnum
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

T = TypeVar("T")

Position = Annotated[int, Meta(ge=0)]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class EventError(ValueError):
    """Bytes from outside that aren't one of our messages; the text names the field and what was expected."""


class Scope(StrEnum):
    """What a purge is about."""

    URL = "url"
    """One object: a path with its query, or a full http(s) URL when the authority matters."""
    PREFIX = "prefix"
    """Every object whose path starts with the value."""
    TAG = "tag"
    """Every object that carries the value in its `Cache-Tag` (surrogate key)."""
    ALL = "all"
    """Everything; the value is empty."""


class AssetPublished(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """An asset, or a new version of it, is complete in storage and may be requested."""

    asset_id: str
    version: str


class AssetDeleted(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """An asset is gone from storage."""

    asset_id: str


class Purged(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Copies stored before this position may not be served as fresh.

    With `soft` they are kept for revalidation instead of dropped.
    Raises `ValueError` for a value that doesn't go with its scope.
    """

    scope: Scope
    value: str = ""
    soft: bool = False

    def __post_init__(self) -> None:
        if self.scope is Scope.ALL and self.value:
            raise ValueError(f"a purge of everything has no value, not {self.value!r}")
        if self.scope is not Scope.ALL and not self.value:
            raise ValueError(f"a purge by {self.scope} needs a value")


Event = AssetPublished | AssetDeleted | Purged


class Record(Struct, frozen=True, tag="record", forbid_unknown_fields=True):
    """An event at its place in the log; `at_ms` is the origin's wall clock when it was accepted."""

    position: Annotated[int, Meta(ge=1)]
    at_ms: int
    event: Event


class Member(Struct, frozen=True, forbid_unknown_fields=True):
    """A node of the tier: its name, the base URL where its peers reach it, its share of the ring.

    Raises `ValueError` for a name that wouldn't do in a log line, a URL that isn't http(s), a weight below
    1.
    """

    name: str
    url: str
    weight: int = 1

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a member's name is up to 64 of A-Z a-z 0-9 . _ -, not {self.name!r}")
        if self.weight < 1:
            raise ValueError(f"a member's weight is at least 1, not {self.weight}")
        address = urlsplit(self.url)
        if address.scheme not in {"http", "https"} or not address.netloc:
            raise ValueError(f"a member's url is an http(s) base URL, not {self.url!r}")


class Heartbeat(Struct, frozen=True, tag="heartbeat", forbid_unknown_fields=True):
    """The hub's word to one subscriber that it has been sent every record up to `newest`.

    `lease_from_ms` is the subscriber's own clock at the moment it last spoke before this beat was made. A
    lease counts from there, not from the beat's arrival: a beat may have lain in a socket buffer for a
    minute, and neither clocks that disagree nor a stopped process can then stretch a lease. `members` hold
    a connection or a lease.
    """

    newest: Position
    at_ms: int
    max_staleness_ms: int
    members: tuple[Member, ...]
    lease_from_ms: int


_encoder = msgspec.json.Encoder()


def encode(message: Struct) -> bytes:
    """One message as a line of JSON (never with a newline inside)."""
    return _encoder.encode(message)


def decode(data: bytes, decoder: "msgspec.json.Decoder[T]") -> T:
    """What `decoder` makes of bytes from outside; raises `EventError` with the reason."""
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EventError(f"{error}; got {excerpt(data)}") from None


def decoder_for(kind: Any) -> "msgspec.json.Decoder[Any]":
    """A strict decoder of one message type or a tagged union of them."""
    return msgspec.json.Decoder(kind)


def excerpt(data: bytes, limit_bytes: int = 80) -> str:
    """The head of foreign bytes, safe to print in a log line or an error."""
    head = repr(data[:limit_bytes])
    return head if len(data) <= limit_bytes else f"{head} and {len(data) - limit_bytes} bytes more"
