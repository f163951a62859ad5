"""Preconditions of GET and HEAD, judged against validators (RFC 9110 section 13).

Called by the origin's delivery against a file, and by the Exchange against a stored response.
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
    if (if_none_match := headers.get("if-none-match")) is not None:
        tags = parse_entity_tags(if_none_match)
        known = "*" in tags or (etag is not None and any(weakly_equal(tag, etag) for tag in tags))
        return Precondition.NOT_MODIFIED if known else Precondition.PROCEED
    if (since := headers.get("if-modified-since")) is not None and last_modified_ms is not None:
        since_ms = parse_http_date(since)
        if since_ms is not None and last_modified_ms // 1000 <= since_ms // 1000:
            return Precondition.NOT_MODIFIED
    return Precondition.PROCEED


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
