"""The ways in which clients ask for an object, drawn by their weights."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from caching import Headers
from simulator.origin import SimObject

Asked = tuple[str, str, list[tuple[str, str]]]
"""Method, target and headers."""

Way = Callable[[SimObject, Random], Asked]


def _plain(item: SimObject, rng: Random) -> Asked:
    return "GET", item.target, []


def _head(item: SimObject, rng: Random) -> Asked:
    return "HEAD", item.target, []


def _range(item: SimObject, rng: Random) -> Asked:
    first, size_bytes = rng.randrange(item.size_bytes or 1), item.size_bytes
    spans = (f"{first}-", f"{first}-{first + 500}", f"-{first + 1}", f"{size_bytes}-", "0-0,5-9", "x")
    return "GET", item.target, [("range", f"bytes={rng.choice(spans)}")]


def _ranges(item: SimObject, rng: Random) -> Asked:
    """Several at once: near each other, far apart, overlapping, counted from the end."""
    first, second = rng.randrange(item.size_bytes or 1), rng.randrange(item.size_bytes or 1)
    spans = (f"0-0,{first}-{first + 9},-1", f"{first}-,{second}-{second + 99}", f"-{first + 1},-{second + 1}")
    return "GET", item.target, [("range", f"bytes={rng.choice(spans)}")]


def _if_range(item: SimObject, rng: Random) -> Asked:
    validator = rng.choice([item.etag or '"none"', '"another"', item.headers.get("last-modified") or "x"])
    return "GET", item.target, [("range", "bytes=1-9"), ("if-range", validator)]


def _if_none_match(item: SimObject, rng: Random) -> Asked:
    tags = rng.choice([item.etag or "*", '"another"', f'"another", {item.etag or "*"}', "*"])
    return rng.choice(["GET", "HEAD"]), item.target, [("if-none-match", tags)]


def _if_modified_since(item: SimObject, rng: Random) -> Asked:
    modified = item.headers.get("last-modified") or "Thu, 01 Jan 1970 00:00:00 GMT"
    return "GET", item.target, [("if-modified-since", modified)]


def _if_match(item: SimObject, rng: Random) -> Asked:
    return "GET", item.target, [("if-match", rng.choice(['"another"', item.etag or "*"]))]


def _tracked(item: SimObject, rng: Random) -> Asked:
    """With parameters that do not choose the content, and left out of the key."""
    return "GET", f"{item.target}?CMCD=br%3D{rng.randrange(9)}&_HLS_throughput={rng.randrange(9)}", []


def _queried(item: SimObject, rng: Random) -> Asked:
    """With parameters that are part of the key, in any order."""
    return "GET", f"{item.target}?{rng.choice(['a=1&b=2', 'b=2&a=1', 'a=1', 'a'])}", []


def _authorized(item: SimObject, rng: Random) -> Asked:
    return "GET", item.target, [("authorization", "Bearer someone")]


def _demanding(item: SimObject, rng: Random) -> Asked:
    """With directives of its own."""
    directives = (
        *("no-cache", "no-store", "max-age=0", "max-age=2", "min-fresh=3", "min-fresh=9, max-age=9"),
        *("max-stale", "max-stale=4", "only-if-cached", "only-if-cached, max-stale=9", "stale-if-error=20"),
    )
    return "GET", item.target, [("cache-control", rng.choice(directives))]


def _hostile(item: SimObject, rng: Random) -> Asked:
    """With what names another target than the key, or with more than an ordinary origin takes."""
    named = [("x-http-method-override", "DELETE"), ("x-original-url", "/b"), ("x-forwarded-host", "evil")]
    return "GET", item.target, named if rng.random() < 0.3 else [("x-large", "a" * 5_000)]


def _post(item: SimObject, rng: Random) -> Asked:
    return "POST", item.target, []


def _absent(item: SimObject, rng: Random) -> Asked:
    return "GET", f"/nothing/{rng.randrange(5)}", []


WAYS: tuple[tuple[int, Way], ...] = (
    (50, _plain),
    (6, _head),
    (8, _range),
    (4, _ranges),
    (3, _if_range),
    (5, _if_none_match),
    (3, _if_modified_since),
    (2, _if_match),
    (4, _tracked),
    (4, _queried),
    (2, _authorized),
    (14, _demanding),
    (10, _hostile),
    (2, _post),
    (3, _absent),
)


def draw_request(item: SimObject, edge: str, rng: Random) -> tuple[str, str, Headers]:
    """Method, target and headers of a request for an object.

    One in a hundred has been at the edge before; half of those for what varies by language name one.
    """
    way = rng.choices([way for _, way in WAYS], [weight for weight, _ in WAYS])[0]
    method, target, headers = way(item, rng)
    if "vary" in item.headers and rng.random() < 0.5:
        headers.append(("accept-language", rng.choice(["en", "de", "en,de", "en , de"])))
    if rng.random() < 0.01:
        headers.append(("cdn-loop", edge))
    return method, target, Headers(headers)
