"""Cache-Status: how this cache handled a request, for whoever reads the response (RFC 9211)."""

from __future__ import annotations

from caching.headers import Headers
from caching.reasons import Outcome, Reason
from caching.record import Record
from caching.reply import Reply
from caching.settings import CacheSettings
from caching.structured import parse_list
from caching.structured_print import print_string

# RFC 9211 section 2.2: why the request went forward. Reasons not named here are misses of the URI.
_FORWARDED = {
    Reason.VARY_MISS: "vary-miss",
    Reason.EXPIRED: "stale",
    Reason.REQUEST: "request",
    Reason.REQUEST_NO_STORE: "request",
    Reason.NO_CACHE: "stale",
    Reason.SOFT_PURGED: "stale",
    Reason.FENCED: "stale",
    Reason.MAX_STALE: "stale",
    Reason.STALE_IF_ERROR: "stale",
    Reason.STALE_IF_DISCONNECTED: "stale",
    Reason.PARTIAL: "partial",
    Reason.UNSLICED: "bypass",
    Reason.METHOD: "method",
    Reason.PRECONDITION: "bypass",
    Reason.HIT_FOR_MISS: "bypass",
    Reason.UNSHARABLE: "bypass",
}


def status_member(settings: CacheSettings, record: Record, ttl_ms: int | None) -> str:
    """This cache's member of the Cache-Status list. ``ttl_ms`` is freshness left, negative when stale."""
    parts = [settings.node_name]
    if record.outcome in (Outcome.HIT, Outcome.STALE) and not record.forwarded:
        parts.append("hit")
    else:
        parts.append(f"fwd={_FORWARDED.get(record.reason, 'uri-miss')}")
    if record.forwarded_status is not None:
        parts.append(f"fwd-status={record.forwarded_status}")
    if ttl_ms is not None:
        parts.append(f"ttl={ttl_ms // 1000}")
    if record.stored:
        parts.append("stored")
    if record.outcome is Outcome.COLLAPSED:
        parts.append("collapsed")
    # A key that no String can hold is left out.
    key = print_string(record.key) if settings.cache_status_key else None
    if key is not None:
        parts.append(f"key={key}")
    passed = record.outcome is Outcome.BYPASS
    why = record.reason if record.not_stored is None or passed else record.not_stored
    parts.append(f"detail={why.value}")
    return "; ".join(parts)


def with_status(
    reply: Reply, settings: CacheSettings, record: Record, ttl_ms: int | None, upstream: Headers | None
) -> Reply:
    """The reply with our member behind those of the caches nearer to the origin (RFC 9211 section 2).

    What they sent is left out if it is no List, for the whole would be none then.
    """
    members = status_member(settings, record, ttl_ms)
    theirs = upstream.get("cache-status") if upstream is not None else None
    if theirs and parse_list(theirs) is not None:
        members = f"{theirs}, {members}"
    return reply._replace(headers=(*reply.headers, ("cache-status", members)))
