"""Whether a shared cache may store a response (RFC 9111 section 3)."""

from __future__ import annotations

from caching.blame import is_to_blame
from caching.content import limit_of
from caching.control import Control, control_of
from caching.freshness import Freshness, freshness_of, is_heuristically_cacheable
from caching.headers import Headers
from caching.invalidation import same_origin_target
from caching.messages import Request, ResponseHead
from caching.reasons import NotStored
from caching.settings import CacheSettings
from caching.vary import vary_names

# RFC 9111 section 3.5: what allows the response to a request with Authorization to be shared.
_ALLOWS_AUTHORIZED = ("public", "s-maxage", "must-revalidate")
# What an operator who does not trust the origin's cookies takes for a sign that this one is meant for all.
_MEANT_FOR_ALL = ("public", "s-maxage")
# The final statuses of RFC 9110 section 15, whose rules for caches are kept here; 206 and 304 apart.
_UNDERSTOOD = frozenset(
    (*range(200, 206), *range(300, 304), 305, 307, 308, *range(400, 418), 421, 422, 426, *range(500, 506))
)
_MAX_LENGTH_DIGITS = 19


def why_not_stored(
    request: Request, head: ResponseHead, freshness: Freshness, settings: CacheSettings
) -> NotStored | None:
    """The first rule that forbids storing, or None when the response may be stored."""
    control = control_of(head.headers, settings.targeted_fields)
    if request.method != "GET":
        return NotStored.METHOD
    if (why_not := _why_forbidden(head.status, control)) is not None:
        return why_not
    if is_to_blame(request, head.status, settings):
        return NotStored.BLAMED
    if "authorization" in request.headers and not control.has(*_ALLOWS_AUTHORIZED):
        return NotStored.AUTHORIZATION
    if _sets_cookie(head, control) and not may_share_cookie(control, settings):
        return NotStored.SET_COOKIE
    if not _status_allows(head, control, settings):
        return NotStored.STATUS
    if "*" in vary_names(head.headers):
        return NotStored.VARY_ALL
    length_bytes = content_length(head.headers)
    if length_bytes is not None and length_bytes > settings.max_object_bytes:
        return NotStored.TOO_LARGE
    return None if _is_useful(head, freshness) else NotStored.NO_FRESHNESS


def why_posted_not_stored(
    request: Request, head: ResponseHead, settings: CacheSettings, now_ms: int
) -> NotStored | None:
    """The first rule that forbids keeping the response to a POST for later GETs (RFC 9110 section 9.3.3).

    It must say for how long it is fresh, and by Content-Location that it is what the target now stands for.
    """
    control = control_of(head.headers, settings.targeted_fields)
    named = [same_origin_target(request, value) for value in head.headers.all("content-location")]
    if head.status != 200 or not control.says_lifetime or named != [request.target]:
        return NotStored.METHOD
    freshness = freshness_of(head, settings, now_ms)
    return why_not_stored(request._replace(method="GET"), head, freshness, settings)


def _why_forbidden(status: int, control: Control) -> NotStored | None:
    """What the directives forbid outright."""
    if control.has("must-understand"):
        # It comes with a no-store for caches that do not know it (RFC 9111 section 5.2.2.3).
        if status not in _UNDERSTOOD:
            return NotStored.NOT_UNDERSTOOD
    elif control.has("no-store"):
        return NotStored.NO_STORE
    return NotStored.PRIVATE if control.forbids("private") else None


def _sets_cookie(head: ResponseHead, control: Control) -> bool:
    """Whether whoever is served this from the cache would be given a cookie."""
    return "set-cookie" in head.headers and "set-cookie" not in control.withheld_fields


def may_share_cookie(control: Control, settings: CacheSettings) -> bool:
    """A cookie forbids nothing where the origin says how long its response is fresh (RFC 9111 7.3)."""
    return control.has(*_MEANT_FOR_ALL) or (settings.store_set_cookie and control.says_lifetime)


def _status_allows(head: ResponseHead, control: Control, settings: CacheSettings) -> bool:
    """Partial content, 304 and statuses without meaning for a cache are left alone."""
    if head.status < 200 or head.status in (206, 304):
        return False
    if control.says_lifetime or is_heuristically_cacheable(head.status, control):
        return True
    return limit_of(settings.negative_ttl_ms, head) is not None


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
    text = headers.get("content-length")
    if text is None:
        return None
    if "," in text:  # of several lines that all say the same
        values = headers.all("content-length")
        text = values[0] if values.count(values[0]) == len(values) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < _MAX_LENGTH_DIGITS else None
