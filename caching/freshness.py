"""How long a response is fresh, how old it is, and how long it may be used stale.

RFC 9111 section 4.2 as a shared cache, and RFC 5861. Everything is in milliseconds; header fields speak
in seconds and are converted here.
"""

from __future__ import annotations

from typing import NamedTuple

from caching.fields import parse_delta_s, parse_directives, parse_http_date
from caching.messages import ResponseHead
from caching.settings import CacheSettings

# RFC 9110 section 15.1: statuses that may be stored without explicit freshness.
HEURISTICALLY_CACHEABLE = frozenset((200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501))


class Freshness(NamedTuple):
    """The times that a response carries, all in milliseconds."""

    lifetime_ms: int
    stale_while_revalidate_ms: int
    stale_if_error_ms: int
    no_cache: bool
    """It must be validated before every use (RFC 9111 section 5.2.2.4)."""


def freshness_of(head: ResponseHead, settings: CacheSettings, now_ms: int) -> Freshness:
    """The freshness of a response received at ``now_ms``."""
    directives = parse_directives(head.headers.get("cache-control"))
    no_cache = "no-cache" in directives
    lifetime_ms = 0 if no_cache else _lifetime_ms(head, directives, settings, now_ms)
    if no_cache or "must-revalidate" in directives or "proxy-revalidate" in directives:
        return Freshness(lifetime_ms, 0, 0, no_cache)
    swr_s = parse_delta_s(directives.get("stale-while-revalidate")) or 0
    sie_s = parse_delta_s(directives.get("stale-if-error"))
    # s-maxage forbids stale answers too (RFC 9111 section 5.2.2.10), except those that it comes with.
    default_ms = 0 if "s-maxage" in directives else settings.default_stale_if_error_ms
    sie_ms = default_ms if sie_s is None else sie_s * 1000
    limit_ms = settings.max_stale_ms
    return Freshness(lifetime_ms, min(swr_s * 1000, limit_ms), min(sie_ms, limit_ms), no_cache)


def has_explicit_lifetime(head: ResponseHead) -> bool:
    """Whether the response itself says how long it is fresh (RFC 9111 section 4.2.1)."""
    directives = parse_directives(head.headers.get("cache-control"))
    return "s-maxage" in directives or "max-age" in directives or "expires" in head.headers


def _lifetime_ms(
    head: ResponseHead, directives: dict[str, str | None], settings: CacheSettings, now_ms: int
) -> int:
    """s-maxage, then max-age, then Expires, then the heuristic (RFC 9111 section 4.2.1)."""
    for name in ("s-maxage", "max-age"):
        if name in directives:
            # An argument that makes no sense is as good as stale (section 4.2.1, last paragraph).
            return (parse_delta_s(directives[name]) or 0) * 1000
    if "expires" in head.headers:
        expires_ms = parse_http_date(head.headers.all("expires")[0])
        return 0 if expires_ms is None else max(0, expires_ms - date_ms(head, now_ms))
    return _heuristic_ms(head, settings, now_ms)


def _heuristic_ms(head: ResponseHead, settings: CacheSettings, now_ms: int) -> int:
    modified_ms = parse_http_date(head.headers.get("last-modified") or "")
    if modified_ms is None or head.status not in HEURISTICALLY_CACHEABLE:
        return 0
    since_ms = max(0, date_ms(head, now_ms) - modified_ms)
    return min(since_ms * settings.heuristic_percent // 100, settings.heuristic_max_ms)


def date_ms(head: ResponseHead, now_ms: int) -> int:
    """The response's Date, or the time it was received when it has none (RFC 9110 section 6.6.1)."""
    date = parse_http_date(head.headers.get("date") or "")
    return now_ms if date is None else date


def initial_age_ms(head: ResponseHead, request_ms: int, response_ms: int) -> int:
    """How old a response was when it was received (RFC 9111 section 4.2.3, corrected_initial_age)."""
    # Date has no milliseconds: compared with ours, everything would look up to a second older.
    apparent_ms = max(0, response_ms // 1000 * 1000 - date_ms(head, response_ms))
    age_values = head.headers.all("age")
    age_s = parse_delta_s(age_values[0]) if age_values else 0
    corrected_ms = (age_s or 0) * 1000 + max(0, response_ms - request_ms)
    return max(apparent_ms, corrected_ms)
