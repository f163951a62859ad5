"""The headers of the request that goes upstream."""

from __future__ import annotations

from caching.conditional import CONDITIONAL_FIELDS
from caching.entry import Entry
from caching.headers import Headers, Pair
from caching.loop import mark_visit, with_fewer_forwards
from caching.messages import Request, end_to_end
from caching.settings import CacheSettings

# A leader asks for the whole representation: what its client has, or wants of it, is settled here.
_CLIENTS_OWN = frozenset((*CONDITIONAL_FIELDS, "range"))


_FORWARDED_FOR = "x-forwarded-for"


def has_own_words(headers: Headers) -> bool:
    """Whether a request says something of what its client has, or of which part it wants."""
    return any(name in headers for name in _CLIENTS_OWN)


def without_own_words(request: Request) -> Request:
    """The request for the whole representation, whatever its client has."""
    return request._replace(headers=request.headers.without(_CLIENTS_OWN))


def for_nobody(request: Request) -> Request:
    """The request that a refresh makes, which no client waits for or has demands on."""
    headers = request.headers.without((*_CLIENTS_OWN, "cache-control", "pragma", _FORWARDED_FOR))
    return request._replace(method="GET", headers=headers, client="")


def leader_headers(request: Request, stored: Entry | None, settings: CacheSettings) -> Headers:
    """For the whole representation, on condition that it differs from what is stored (RFC 9111 4.3.1)."""
    headers = _forwarded(request, settings).without(_CLIENTS_OWN)
    if stored is not None:
        headers = headers.replacing(_validators(stored))
    return mark_visit(headers, settings.node_name)


def passed_headers(request: Request, settings: CacheSettings) -> Headers:
    """In the client's own words, for this client alone."""
    return mark_visit(_forwarded(with_fewer_forwards(request), settings), settings.node_name)


def _forwarded(request: Request, settings: CacheSettings) -> Headers:
    """What is told of a request: not what would name another target than the key does."""
    headers = end_to_end(request.headers).without(settings.dropped_fields)
    if not request.client or not settings.append_forwarded_for:
        return headers
    before = headers.get(_FORWARDED_FOR)
    told = f"{before}, {request.client}" if before else request.client
    return headers.replacing([(_FORWARDED_FOR, told)])


def _validators(entry: Entry) -> list[Pair]:
    fields = (("if-none-match", "etag"), ("if-modified-since", "last-modified"))
    values = ((condition, entry.headers.get(validator)) for condition, validator in fields)
    return [(condition, value) for condition, value in values if value is not None]


def headed_by(request: Request, stored: Entry | None) -> Entry | None:
    """What a HEAD is about that goes on as one: its answer tells if that still holds (RFC 9111 4.3.5)."""
    return stored if request.method == "HEAD" and stored is not None and stored.status == 200 else None
