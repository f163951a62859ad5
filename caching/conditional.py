"""Preconditions of GET and HEAD, judged against validators (RFC 9110 section 13).

The origin's delivery evaluates all of them against a file. A cache has a say in If-None-Match and
If-Modified-Since only: the others are for the origin (section 13.2.2, RFC 9111 section 4.3.2).
"""

from __future__ import annotations

from enum import Enum

from caching.fields import parse_entity_tags, parse_http_date, strongly_equal, weakly_equal
from caching.headers import Headers

CONDITIONAL_FIELDS = (
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "if-range",
)

# RFC 9110 section 13.2.2: the two that only an origin evaluates.
_FOR_THE_ORIGIN = ("if-match", "if-unmodified-since")


class Precondition(Enum):
    """What a request's preconditions say of the current representation."""

    PROCEED = "proceed"
    """Send the representation (also when there was no condition)."""
    NOT_MODIFIED = "not-modified"
    """The client's copy is still right: 304."""
    FAILED = "failed"
    """The client insisted on a state which does not hold: 412."""


def evaluate(headers: Headers, etag: str | None, last_modified_ms: int | None) -> Precondition:
    """Judge the preconditions of a GET or HEAD in the order of RFC 9110 section 13.2.2.

    ``last_modified_ms`` is in milliseconds since the epoch; dates are compared in whole seconds, since
    that is all a date on the wire can say. A condition on a validator that is not there is not met.
    """
    if not _matches(headers, etag) or not _unmodified(headers, last_modified_ms):
        return Precondition.FAILED
    known = is_not_modified(headers, etag, last_modified_ms)
    return Precondition.NOT_MODIFIED if known else Precondition.PROCEED


def is_for_the_origin(headers: Headers) -> bool:
    """Whether a request has a condition that a cache may not evaluate, and so passes on."""
    return any(name in headers for name in _FOR_THE_ORIGIN)


def is_not_modified(headers: Headers, etag: str | None, modified_ms: int | None) -> bool:
    """Whether the client has what it asks for: If-None-Match decides, else If-Modified-Since.

    By weak comparison (RFC 9110 section 13.1.2). A cache whose stored response has no Last-Modified gives
    its Date as ``modified_ms`` (RFC 9111 section 4.3.2).
    """
    if (if_none_match := headers.get("if-none-match")) is not None:
        tags = parse_entity_tags(if_none_match)
        return "*" in tags or (etag is not None and any(weakly_equal(tag, etag) for tag in tags))
    since_ms = parse_http_date(headers.get("if-modified-since") or "")
    return since_ms is not None and modified_ms is not None and modified_ms // 1000 <= since_ms // 1000


def _matches(headers: Headers, etag: str | None) -> bool:
    """If-Match, by strong comparison (RFC 9110 section 13.1.1)."""
    if (if_match := headers.get("if-match")) is None:
        return True
    tags = parse_entity_tags(if_match)
    return "*" in tags or (etag is not None and any(strongly_equal(tag, etag) for tag in tags))


def _unmodified(headers: Headers, last_modified_ms: int | None) -> bool:
    """If-Unmodified-Since, which If-Match replaces (RFC 9110 section 13.1.4)."""
    value = headers.get("if-unmodified-since")
    if value is None or "if-match" in headers or last_modified_ms is None:
        return True
    limit_ms = parse_http_date(value)
    return limit_ms is None or last_modified_ms // 1000 <= limit_ms // 1000
