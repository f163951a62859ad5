"""Cache keys: which requests ask for the same thing.

A key is ``scheme://authority/path?query``, and stands for every request that has

* the same scheme and authority, but for case and the scheme's own port (RFC 9110 section 4.2.3);
* the same path, byte for byte: nothing is decoded, and no dot segment removed. RFC 3986 section 6.2.2 would
  have ``%41`` equal ``A``, but an origin that took them for two would have its error for the one cached for
  the other; what that costs is a miss for a spelling that hardly anyone uses;
* the same query parameters, as written, in any order of different names, less those which do not choose
  the content. ``/a?`` is not ``/a``.

It is made for looking up only: upstream gets the target byte for byte. A key without scheme and authority
would be a poisoning bug (CVE-2026-2836), so there is no way to make one.
"""

from __future__ import annotations

from functools import lru_cache

from caching.messages import Request

# CTA-5004: caches leave CMCD out of the key; the HLS and DASH steering reports say nothing of content.
# No access tokens: one that nobody checks before the cache would open for all what it opened once.
DEFAULT_IGNORED_PARAMS = frozenset(("CMCD", "_HLS_throughput", "_DASH_throughput"))

_OWN_PORTS = {"http": "80", "https": "443"}


@lru_cache(maxsize=16384)
def cache_key(scheme: str, authority: str, target: str, ignored_params: frozenset[str]) -> str:
    """The primary key of a request (RFC 9111 section 2).

    ``ignored_params`` are compared with names as written: one that is written in another way, percent-encoded
    or in other case, is part of the key.
    """
    path, question, query = target.partition("?")
    site = "://".join(normal_site(scheme, authority))
    if not question:
        return site + path
    items = query.split("&")
    kept = [item for item in items if item.partition("=")[0] not in ignored_params]
    kept.sort(key=lambda item: item.partition("=")[0])
    return f"{site}{path}?{'&'.join(kept)}" if kept else site + path


def normal_site(scheme: str, authority: str) -> tuple[str, str]:
    """Scheme and authority in lower case, without the scheme's own port or an empty one.

    A dot at the end of the host stays: the name is the same to DNS, and need not be to the origin.
    """
    scheme, authority = scheme.lower(), authority.lower()
    host, _, port = authority.rpartition(":")
    return scheme, host if host and port in ("", _OWN_PORTS.get(scheme)) else authority


def with_normal_site(request: Request) -> Request:
    """A request that names its site as its key does, so that upstream sees no more of it than the key."""
    scheme, authority = normal_site(request.scheme, request.authority)
    if (scheme, authority) == (request.scheme, request.authority):
        return request
    return request._replace(scheme=scheme, authority=authority)
