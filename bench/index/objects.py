"""Objects of a media origin as their responses arrive at an edge, by number: no two runs differ.

A film has six renditions of 600 segments, each in a folder of its own. The fields are those that packagers
and object stores send with a segment. What an edge is handed is made anew for each response, as the parser
makes it: no text is shared between two objects that an edge does not share itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from caching import Cache, CacheSettings, Headers, Request, ResponseHead
from caching.entry import Entry, Fill, make_entry
from caching.fields import format_http_date
from edge.wire import received

SITE: Final = "http://127.0.0.1:9"
"""Where nobody listens."""
LARGEST_BYTES: Final = 1_000_000
_SEGMENTS: Final = 600
_RENDITIONS: Final = 6
_BEGAN_MS: Final = 1_767_225_600_000
_FILLS_PER_S: Final = 200
_REQUEST: Final = Request("GET", "http", "127.0.0.1:9", "/", Headers([("accept", "*/*")]))


def path_of(number: int) -> str:
    """The path of an object, made anew: ``/vod/film-00012/3/417.m4s``."""
    rendition, segment = divmod(number, _SEGMENTS)
    film, rendition = divmod(rendition, _RENDITIONS)
    return f"/vod/film-{film:05d}/{rendition}/{segment}.m4s"


def key_of(number: int) -> str:
    """The cache key of an object, made anew."""
    return SITE + path_of(number)


def received_ms(number: int) -> int:
    """When an object was filled."""
    return _BEGAN_MS + number * 1000 // _FILLS_PER_S


def length_bytes(number: int) -> int:
    """The length of an object's body."""
    return LARGEST_BYTES // 2 + number * 7919 % (LARGEST_BYTES // 2)


def raw_head(number: int, length: int, now_ms: int) -> list[tuple[bytes, bytes]]:
    """The fields of an object's response as a parser hands them on; every other film has tags."""
    film = number // _SEGMENTS // _RENDITIONS
    modified_ms = _BEGAN_MS - film * 86_400_000 - number % _SEGMENTS * 2000
    text = [
        ("Server", "origin/1.4"),
        ("Date", format_http_date(now_ms)),
        ("Content-Type", "video/iso.segment"),
        ("Content-Length", str(length)),
        ("Last-Modified", format_http_date(modified_ms)),
        ("ETag", f'"{number * 0x9E3779B97F4A7C15 % 2**64:016x}-{length:x}"'),
        ("Cache-Control", "public, max-age=31536000, immutable"),
        ("Accept-Ranges", "bytes"),
        ("Access-Control-Allow-Origin", "*"),
    ]
    if film % 2:
        text.append(("Cache-Tag", f"film-{film:05d},vod"))
    return [(name.encode(), value.encode()) for name, value in text]


def make_cache(policy: str, objects: int) -> Cache:
    """An edge's cache with room for so many of them."""
    settings = CacheSettings(policy=policy)
    capacity_bytes = objects * 2 * (LARGEST_BYTES + settings.entry_overhead_bytes)
    return Cache(CacheSettings(policy=policy, capacity_bytes=capacity_bytes), lambda entry, why: None)


def store(cache: Cache, numbers: Iterable[int]) -> None:
    """Store objects as fills of them would, less their bodies."""
    for number in numbers:
        cache.index.commit(entry_of(cache, number, length_bytes(number), received_ms(number)))


def entry_of(cache: Cache, number: int, length: int, now_ms: int) -> Entry:
    """What an edge makes of an object's response."""
    head = ResponseHead(200, received(raw_head(number, length, now_ms)))
    fill = Fill(key_of(number), cache.next_serial(), cache.position, now_ms - 20)
    return make_entry(_REQUEST, head, cache.settings, fill, now_ms)
