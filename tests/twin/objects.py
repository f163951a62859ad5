"""The objects of the scripted origin: every kind of response that the caching rules tell apart."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

from caching import Headers
from simulator.origin import SimObject

MODIFIED = "Mon, 13 Nov 2023 00:00:00 GMT"
"""A day and a bit before the trace begins, so that heuristic freshness comes to something."""

# Kind: its Cache-Control, whether it has an ETag and a Last-Modified, and what else is said of it.
_KINDS: dict[str, tuple[str, bool, bool, dict[str, str]]] = {
    "short": ("max-age=2, stale-while-revalidate=3, stale-if-error=10", True, True, {"cache-tag": "a, b"}),
    "media": ("max-age=31536000, immutable", True, True, {"surrogate-key": "media a"}),
    "vary": ("max-age=20, stale-while-revalidate=10", True, False, {"vary": "Accept-Language"}),
    "plain": ("max-age=5", True, True, {}),
    "dated": ("max-age=4, stale-if-error=30", False, True, {"cache-tag": "b"}),
    "changed": ("max-age=2, stale-while-revalidate=2", False, False, {"cache-tag": "b"}),
    "shared": ("s-maxage=3, max-age=0, stale-if-error=5", True, False, {}),
    "must": ("max-age=2, must-revalidate, stale-if-error=60", True, False, {}),
    "no-cache": ("no-cache", True, False, {}),
    "vary-all": ("max-age=20", True, False, {"vary": "*"}),
    "targeted": ("no-store", True, False, {"cdn-cache-control": "max-age=4, stale-while-revalidate=2"}),
    "withheld": ('max-age=4, no-cache="set-cookie"', True, False, {"set-cookie": "id=1"}),
    "digest": ("max-age=3, stale-if-error=20", True, False, {}),
    "understood": ("no-store, max-age=9, must-understand", True, False, {}),
    "heuristic": ("", False, True, {}),
    "nothing": ("", False, False, {}),
    "grouped": ("max-age=9", True, False, {"cache-groups": '"lesson", "b"'}),
    "searched": ("max-age=6", True, False, {"no-vary-search": 'params=("a")'}),
    "public": ("public, max-age=4, stale-if-error=3", True, False, {}),
    "no-store": ("no-store", True, False, {}),
    "private": ("private, max-age=60", True, False, {}),
}


def scripted_objects() -> list[SimObject]:
    """Several of each kind, of sizes that compete for the cache, and a few that are special."""
    objects = [
        _object(f"/{kind}/{number}", 300 + 700 * number, *traits)
        for number in range(6)
        for kind, traits in _KINDS.items()
    ]
    gone = SimObject("/gone/1", 20, Headers([("cache-control", "max-age=6")]), status=404)
    refused = SimObject("/refused/1", 20, Headers([("cache-control", "max-age=1")]), status=403)
    strange = SimObject("/strange/1", 20, Headers(), status=299)
    huge = _object("/huge/1", 50_000, "max-age=60", etag=True, modified=False, more={})
    large = _object("/large/1", 19_000, "max-age=60", etag=True, modified=False, more={})
    live = replace(_object("/live/1", 3_000, "max-age=4", etag=True, modified=False, more={}), sized=False)
    endless = replace(huge, target="/endless/1", sized=False)
    names = Headers(
        [
            ("cache-control", "max-age=60"),
            ("location", "/short/0"),
            ("content-location", "/plain/1"),
            ("cache-group-invalidation", '"lesson"'),
        ]
    )
    note = SimObject("/note/1", 10, names, writable=True)
    itself = Headers([("cache-control", "max-age=60"), ("content-location", "/kept/1")])
    kept = SimObject("/kept/1", 10, itself, writable=True)
    first = [*objects[:5], note, live, *objects[5:9], refused, gone]
    return [*first, huge, endless, large, strange, *objects[9:], kept]


def _object(
    target: str, size_bytes: int, cache_control: str, etag: bool, modified: bool, more: dict[str, str]
) -> SimObject:
    # Said by the table, as a real server would add one of its own.
    fields = {"content-type": "application/octet-stream"}
    fields |= {"cache-control": cache_control} if cache_control else {}
    fields |= {"etag": '"v1"'} if etag else {}
    fields |= {"last-modified": MODIFIED} if modified else {}
    fields |= {"repr-digest": digest_of(size_bytes)} if target.startswith("/digest/") else {}
    return SimObject(target, size_bytes, Headers([*(fields | more).items()]))


def digest_of(size_bytes: int) -> str:
    """The Repr-Digest of a body of so many zero bytes, which is what the scripted origin sends."""
    return f"sha-256=:{b64encode(sha256(bytes(size_bytes)).digest()).decode()}:"
