"""Whether a shared cache may store a response (RFC 9111 section 3)."""

from __future__ import annotations

from caching.fields import parse_directives
from caching.freshness import HEURISTICALLY_CACHEABLE, Freshness, has_explicit_lifetime
from caching.headers import Headers
from caching.messages import Request, ResponseHead
from caching.reasons import NotStored
from caching.settings import CacheSettings
from caching.vary import vary_names

# RFC 9111 section 3.5: what allows the response to a request with Authorization to be shared.
_ALLOWS_AUTHORIZED = ("public", "s-maxage", "must-revalidate")
# By section 7.3 a cookie alone forbids nothing; to replay it takes these, as with most CDNs.
_MEANT_FOR_ALL = ("public", "s-maxage")
_MAX_LENGTH_DIGITS = 19


def why_not_stored(
    request: Request, head: ResponseHead, freshness: Freshness, settings: CacheSettings
) -> NotStored | None:
    """The first rule that forbids storing, or None when the response may be stored."""
    directives = parse_directives(head.headers.get("cache-control"))
    if request.method != "GET":
        return NotStored.METHOD
    if "no-store" in directives:
        return NotStored.NO_STORE
    if "private" in directives:
        return NotStored.PRIVATE
    if "authorization" in request.headers and not any(name in directives for name in _ALLOWS_AUTHORIZED):
        return NotStored.AUTHORIZATION
    if "set-cookie" in head.headers and not any(name in directives for name in _MEANT_FOR_ALL):
        return NotStored.SET_COOKIE
    if not _status_allows(head, directives):
        return NotStored.STATUS
    if "*" in vary_names(head.headers):
        return NotStored.VARY_ALL
    length_bytes = content_length(head.headers)
    if length_bytes is not None and length_bytes > settings.max_object_bytes:
        return NotStored.TOO_LARGE
    return None if _is_useful(head, freshness) else NotStored.NO_FRESHNESS


def _status_allows(head: ResponseHead, directives: dict[str, str | None]) -> bool:
    """Partial content, 304 and statuses without meaning for a cache are left alone."""
    if head.status < 200 or head.status in (206, 304):
        return False
    explicit = has_explicit_lifetime(head) or "public" in directives
    return explicit or head.status in HEURISTICALLY_CACHEABLE


def supersedes_stored(status: int) -> bool:
    """Whether a full response tells of other content than what is stored, or of none (9111 4.3.3).

    Other errors are about the request or the server, and leave the stored response as it was.
    """
    return status < 400 or status in (404, 410)


def _is_useful(head: ResponseHead, freshness: Freshness) -> bool:
    validated = "etag" in head.headers or "last-modified" in head.headers
    return validated or any(freshness[:3])


def content_length(headers: Headers) -> int | None:
    """The Content-Length in bytes, or None when there is none that can be believed."""
    values = set(headers.all("content-length"))
    text = values.pop() if len(values) == 1 else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < _MAX_LENGTH_DIGITS else None
