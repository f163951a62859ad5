"""Cache keys: which requests ask for the same thing.

A key is ``scheme://authority/path?query`` with the query's parameters sorted and those left out which
do not choose the content (CMCD, tokens). It is made for looking up only: upstream gets the target byte
for byte. A key without scheme and authority would be a poisoning bug (CVE-2026-2836), so there is no
way to make one.
"""

from __future__ import annotations

from functools import lru_cache

# CTA-5004: caches leave CMCD out of the key; the HLS and DASH steering reports say nothing of content.
# The others are the usual names of access tokens, checked before the cache and equal in what they open.
DEFAULT_IGNORED_PARAMS = frozenset(
    ("CMCD", "_HLS_throughput", "_DASH_throughput", "token", "hdnts", "hdnea", "URISigningPackage", "CAT")
)


@lru_cache(maxsize=16384)
def cache_key(scheme: str, authority: str, target: str, ignored_params: frozenset[str]) -> str:
    """The primary key of a request (RFC 9111 section 2).

    Scheme and authority are case-insensitive (RFC 9110 section 4.2.3). Parameters are compared as
    written, without decoding; equal names keep their order, since it may matter to the origin.
    """
    path, question, query = target.partition("#")[0].partition("?")
    site = f"{scheme.lower()}://{authority.lower()}"
    if not question:
        return site + path
    kept = [item for item in query.split("&") if item.partition("=")[0] not in ignored_params]
    kept.sort(key=lambda item: item.partition("=")[0])
    return f"{site}{path}?{'&'.join(kept)}" if any(kept) else site + path
