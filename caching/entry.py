"""A stored response, less its body: what the rules need to know of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from caching.control import control_of
from caching.fields import format_http_date, parse_http_date
from caching.freshness import Freshness, freshness_of, initial_age_ms
from caching.groups import groups_of
from caching.headers import Headers
from caching.messages import POSITION, Request, ResponseHead, end_to_end
from caching.same import same
from caching.searches import Variance, variance_of
from caching.settings import CacheSettings
from caching.storability import content_length, may_share_cookie
from caching.vary import Selection, selection_of, vary_names

# RFC 9111 section 3.2: fields that a 304 must not change, since they describe the stored bytes. Content-Type
# is not among them: an origin may correct what it says of the same bytes.
_BODY_FIELDS = frozenset(
    (
        "content-digest",
        "content-encoding",
        "content-length",
        "content-md5",
        "content-range",
        "etag",
        "repr-digest",
    )
)
# Made anew for every answer.
_NOT_KEPT = frozenset(("age", "cache-status", POSITION))


class Part(NamedTuple):
    """Where the body of a stored 206 lies in the whole."""

    first: int
    """The position of its first byte."""
    complete_bytes: int | None
    """The length of the whole; None when upstream did not know it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored variant of one key. ``serial`` names its body in whatever store the driver has."""

    key: str
    serial: int
    status: int
    headers: Headers
    selection: Selection
    freshness: Freshness
    initial_age_ms: int
    response_ms: int
    size_bytes: int | None
    """Bytes of the body; None while it is being filled and upstream has not said."""
    position: int
    """The newest event that was applied when the fill began."""
    soft_purged_ms: int | None = None
    """When it was purged softly: stale from then on."""
    part: Part | None = None
    """None for the whole of a response."""
    id: str = field(init=False, repr=False, compare=False)
    """Names the variant: the key, with the values that select it, and where it begins if it is a part."""

    def __post_init__(self) -> None:
        # Said once, so that all tables of the index have the same text: mostly the key itself.
        object.__setattr__(self, "id", _id_of(self.key, self.selection, self.part))

    @property
    def start(self) -> int:
        """The position of its first byte in the whole."""
        return 0 if self.part is None else self.part.first

    @property
    def end(self) -> int:
        """The position behind its last byte, as far as its size is known."""
        return self.start + (self.size_bytes or 0)

    @property
    def whole_bytes(self) -> int | None:
        """The length of the whole, if that is known."""
        return self.size_bytes if self.part is None else self.part.complete_bytes

    @property
    def as_whole(self) -> int:
        """Its status by the rules of storing and freshness: those for the whole that it is a part of."""
        return self.status if self.part is None else 200

    @property
    def etag(self) -> str | None:
        return self.headers.get("etag")

    @property
    def last_modified_ms(self) -> int | None:
        value = self.headers.get("last-modified")
        return None if value is None else parse_http_date(value)

    @property
    def modified_ms(self) -> int | None:
        """What If-Modified-Since is compared with: Last-Modified, else Date (RFC 9111 section 4.3.2)."""
        return self.last_modified_ms or parse_http_date(self.headers.get("date") or "")

    @property
    def tags(self) -> tuple[str, ...]:
        return tags_of(self.headers)

    @property
    def groups(self) -> tuple[str, ...]:
        return groups_of(self.headers)

    @property
    def variance(self) -> Variance:
        return variance_of(self.headers)

    def age_ms(self, now_ms: int) -> int:
        """The current age (RFC 9111 section 4.2.3)."""
        return self.initial_age_ms + max(0, now_ms - self.response_ms)

    def remaining_ms(self, now_ms: int) -> int:
        """Freshness left; negative by how long it has been stale."""
        remaining_ms = self.freshness.lifetime_ms - self.age_ms(now_ms)
        if self.soft_purged_ms is None:
            return remaining_ms
        # Not above 0, for a clock that stepped back must not lift the purge.
        return min(remaining_ms, self.soft_purged_ms - now_ms, 0)

    def is_fresh(self, now_ms: int) -> bool:
        """Fresh means a lifetime greater than the age (RFC 9111 section 4.2)."""
        return self.remaining_ms(now_ms) > 0

    def purged_softly(self, now_ms: int) -> Entry:
        """This entry, stale from now on, or from when it was purged before."""
        return self if self.soft_purged_ms is not None else replace(self, soft_purged_ms=now_ms)

    def refreshed(self, head: ResponseHead, settings: CacheSettings, *, asked_ms: int, now_ms: int) -> Entry:
        """This entry after a 304: its fields updated, its body kept (RFC 9111 sections 3.2 and 4.3.4)."""
        received = kept_headers(head.headers, frozenset(), now_ms)
        merged = self.headers.replacing(pair for pair in received if pair[0] not in _BODY_FIELDS)
        control = control_of(merged, settings.targeted_fields)
        if "set-cookie" in received and not may_share_cookie(control, settings):
            merged = merged.without(["set-cookie"])
        headers = merged.without(control.withheld_fields).to_keep()
        return replace(
            self,
            headers=headers,
            freshness=same(freshness_of(ResponseHead(self.as_whole, headers), settings, now_ms)),
            initial_age_ms=initial_age_ms(head, asked_ms, now_ms),
            response_ms=now_ms,
            soft_purged_ms=None,
        )

    def for_leader(self, head: ResponseHead, settings: CacheSettings, now_ms: int) -> Entry:
        """This entry with the fields that only the client whose request brought it may see."""
        if not control_of(head.headers, settings.targeted_fields).withheld_fields:
            return self
        return replace(self, headers=kept_headers(head.headers, frozenset(), now_ms))


def _id_of(key: str, selection: Selection, part: Part | None) -> str:
    chosen = "&".join([name if value is None else f"{name}={value}" for name, value in selection])
    variant = f"{key} {chosen}" if chosen else key
    return variant if part is None else f"{variant} bytes={part.first}-"


class Fill(NamedTuple):
    """What a fill knew when it asked upstream."""

    key: str
    serial: int
    position: int
    asked_ms: int


def make_entry(
    request: Request,
    head: ResponseHead,
    settings: CacheSettings,
    fill: Fill,
    now_ms: int,
    freshness: Freshness | None = None,
) -> Entry:
    """The entry that a response will be once its body is there. ``freshness`` is its own, if it is known."""
    control = control_of(head.headers, settings.targeted_fields)
    return Entry(
        key=fill.key,
        serial=fill.serial,
        status=head.status,
        headers=kept_headers(head.headers, control.withheld_fields, now_ms),
        selection=same(selection_of(vary_names(head.headers), request.headers)),
        freshness=same(freshness or freshness_of(head, settings, now_ms)),
        initial_age_ms=initial_age_ms(head, fill.asked_ms, now_ms),
        response_ms=now_ms,
        size_bytes=content_length(head.headers),
        position=fill.position,
    )


def kept_headers(headers: Headers, withheld: frozenset[str], now_ms: int) -> Headers:
    """The fields of a response that are stored with it, less those ``withheld`` (RFC 9111 section 3.1).

    One that came without a Date gets that of its receipt (RFC 9110 section 6.6.1): Expires counts from it.
    """
    kept = end_to_end(headers).without(withheld | _NOT_KEPT if withheld else _NOT_KEPT)
    if "date" not in kept:
        kept = kept.replacing([("date", format_http_date(now_ms))])
    return kept.to_keep()


def tags_of(headers: Headers) -> tuple[str, ...]:
    """The purge tags of a response: Cache-Tag by commas, Surrogate-Key by spaces, as CDNs spell them."""
    by_comma = (headers.get("cache-tag") or "").split(",")
    by_space = (headers.get("surrogate-key") or "").split()
    return tuple(tag.strip() for tag in (*by_comma, *by_space) if tag.strip())
