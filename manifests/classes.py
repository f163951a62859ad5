"""The classes of objects which an origin serves, and how each may be cached.

Manifests change when an asset is published anew, so they live shortly and may be served stale while they are
asked for again, or when the origin fails (RFC 5861). Media never change, because the asset's version stands
in their path: a year, immutable (RFC 8246). The origin sends these headers; the edges merely obey them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

YEAR_S = 365 * 24 * 3600


class ObjectClass(StrEnum):
    """What kind of object a URL names. The value is the purge tag's spelling."""

    MULTIVARIANT = "multivariant"
    MEDIA_PLAYLIST = "media_playlist"
    MPD = "mpd"
    INIT = "init"
    SEGMENT = "segment"
    PAGE = "page"

    @property
    def content_type(self) -> str:
        """MIME type: RFC 8216 section 4, ISO/IEC 23009-1 annex C, Apple's authoring specification 10.4."""
        return _CONTENT_TYPES[self]


_CONTENT_TYPES = {
    ObjectClass.MULTIVARIANT: "application/vnd.apple.mpegurl",
    ObjectClass.MEDIA_PLAYLIST: "application/vnd.apple.mpegurl",
    ObjectClass.MPD: "application/dash+xml",
    ObjectClass.INIT: "video/mp4",
    ObjectClass.SEGMENT: "video/iso.segment",
    ObjectClass.PAGE: "text/html; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """How long an object may be reused, in the seconds of HTTP.

    max_age_s: fresh for so long (RFC 9111 section 5.2.2.1).
    stale_while_revalidate_s: then served stale for so long while being asked for again (RFC 5861 section 3).
    stale_if_error_s: and for so long when asking fails (RFC 5861 section 4).
    immutable: never changes while fresh, so a reload needn't ask (RFC 8246).
    """

    max_age_s: int
    stale_while_revalidate_s: int = 0
    stale_if_error_s: int = 0
    immutable: bool = False

    def __post_init__(self) -> None:
        if min(self.max_age_s, self.stale_while_revalidate_s, self.stale_if_error_s) < 0:
            raise ValueError(f"a cache lifetime is 0 or more seconds: {self}")

    def cache_control(self) -> str:
        """The value of the Cache-Control field."""
        directives = ["public", f"max-age={self.max_age_s}"]
        if self.stale_while_revalidate_s:
            directives.append(f"stale-while-revalidate={self.stale_while_revalidate_s}")
        if self.stale_if_error_s:
            directives.append(f"stale-if-error={self.stale_if_error_s}")
        if self.immutable:
            directives.append("immutable")
        return ", ".join(directives)


_MANIFEST = CachePolicy(max_age_s=10, stale_while_revalidate_s=30, stale_if_error_s=3600)
_MEDIA = CachePolicy(max_age_s=YEAR_S, immutable=True)

DEFAULT_POLICIES: Mapping[ObjectClass, CachePolicy] = MappingProxyType(
    {
        ObjectClass.MULTIVARIANT: _MANIFEST,
        ObjectClass.MEDIA_PLAYLIST: _MANIFEST,
        ObjectClass.MPD: _MANIFEST,
        ObjectClass.INIT: _MEDIA,
        ObjectClass.SEGMENT: _MEDIA,
        ObjectClass.PAGE: CachePolicy(max_age_s=60, stale_while_revalidate_s=60, stale_if_error_s=3600),
    }
)


def cache_tags(asset_id: str | None, object_class: ObjectClass) -> str:
    """The Cache-Tag field: the names by which a purge may reach the object. Pages belong to no asset."""
    tags = [f"asset:{asset_id}"] if asset_id else []
    return ", ".join([*tags, f"class:{object_class}"])
