"""What a request that changes something on the origin makes stale here (RFC 9111 section 4.4).

Called by the Exchange for each response that it passes on; what it names, the Cache drops. It acts on the
nodes that the request went through: to tell all of a tier is what a purge is for.
"""

from __future__ import annotations

from urllib.parse import urldefrag, urljoin, urlsplit

from caching.key import cache_key, normal_site
from caching.messages import Request, ResponseHead

# RFC 9110 section 9.2.1 and the registry of methods; one that nobody knows is unsafe (RFC 9111 section 4.4).
_SAFE = frozenset(("GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "QUERY", "REPORT", "SEARCH"))
_LOCATIONS = ("location", "content-location")


def is_safe(method: str) -> bool:
    """Whether a request with this method asks for no change, so that it may be repeated too."""
    return method in _SAFE


def is_invalidating(request: Request, head: ResponseHead) -> bool:
    """Whether a response tells of a change: that to an unsafe method, when it is no error."""
    return not is_safe(request.method) and head.status < 400


def invalidated_keys(request: Request, head: ResponseHead, ignored_params: frozenset[str]) -> tuple[str, ...]:
    """The keys to drop because of a response: its target's, and those of Location and Content-Location.

    None after a safe method or an error. Only URIs of the same origin (scheme, host and port) count:
    others would let one site empty another's cache (RFC 9111 section 4.4).
    """
    if not is_invalidating(request, head):
        return ()
    references = [value for name in _LOCATIONS for value in head.headers.all(name)]
    named = (same_origin_target(request, reference) for reference in references)
    targets = (request.target, *(target for target in named if target is not None))
    keys = (cache_key(request.scheme, request.authority, target, ignored_params) for target in targets)
    return tuple(dict.fromkeys(keys))


def same_origin_target(request: Request, reference: str) -> str | None:
    """The target that a URI reference in the response to ``request`` names, or None for another origin's."""
    try:
        url = urlsplit(urldefrag(urljoin(_url_of(request), reference)).url)
    except ValueError:  # of brackets that enclose no address
        return None
    if normal_site(url.scheme, url.netloc) != normal_site(request.scheme, request.authority):
        return None
    path = url.path or "/"
    return f"{path}?{url.query}" if url.query else path


def _url_of(request: Request) -> str:
    return f"{request.scheme}://{request.authority}{request.target}"
