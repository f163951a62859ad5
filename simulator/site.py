"""The objects that an origin has: those of a published asset, or made by hand for an experiment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from caching import Headers
from caching.fields import format_http_date
from manifests.asset import Asset, init_uri, segment_uri
from manifests.classes import DEFAULT_POLICIES, CachePolicy, ObjectClass, cache_tags
from manifests.hls import media_playlist, multivariant_playlist
from manifests.window import ON_DEMAND
from simulator.origin import SimObject


def make_object(
    target: str,
    size_bytes: int,
    cache_control: str,
    *,
    version: int = 1,
    modified_ms: int = 0,
    tags: Sequence[str] = (),
) -> SimObject:
    """An object with validators that change with its version."""
    headers = [
        ("cache-control", cache_control),
        ("etag", f'"v{version}"'),
        ("last-modified", format_http_date(modified_ms)),
        *((("cache-tag", ", ".join(tags)),) if tags else ()),
    ]
    return SimObject(target, size_bytes, Headers(headers))


def objects_of(
    asset: Asset, policies: Mapping[ObjectClass, CachePolicy] = DEFAULT_POLICIES
) -> list[SimObject]:
    """All HLS objects of an asset on demand, at the paths where the origin serves them."""
    return list(_playlists(asset, policies)) + list(_media(asset, policies))


def _playlists(asset: Asset, policies: Mapping[ObjectClass, CachePolicy]) -> Iterator[SimObject]:
    top = ObjectClass.MULTIVARIANT
    yield _object(asset, "master.m3u8", top, policies, text=multivariant_playlist(asset))
    for rendition in asset.renditions:
        text = media_playlist(asset, rendition, ON_DEMAND, asset.published_at_ms)
        yield _object(asset, f"{rendition.id}.m3u8", ObjectClass.MEDIA_PLAYLIST, policies, text=text)


def _media(asset: Asset, policies: Mapping[ObjectClass, CachePolicy]) -> Iterator[SimObject]:
    for rendition in asset.renditions:
        uri = init_uri(asset, rendition)
        yield _object(asset, uri, ObjectClass.INIT, policies, size_bytes=rendition.init_bytes)
        for segment in rendition.segments:
            uri = segment_uri(asset, rendition, segment.number)
            yield _object(asset, uri, ObjectClass.SEGMENT, policies, size_bytes=segment.size_bytes)


def _object(
    asset: Asset,
    uri: str,
    object_class: ObjectClass,
    policies: Mapping[ObjectClass, CachePolicy],
    *,
    text: str = "",
    size_bytes: int = 0,
) -> SimObject:
    headers = Headers(
        (
            ("content-type", object_class.content_type),
            ("cache-control", policies[object_class].cache_control()),
            ("cache-tag", cache_tags(asset.id, object_class)),
            ("etag", f'"{asset.version}"'),
            ("last-modified", format_http_date(asset.published_at_ms)),
        )
    )
    return SimObject(f"/vod/{asset.id}/{uri}", size_bytes or len(text.encode()), headers, text=text)
