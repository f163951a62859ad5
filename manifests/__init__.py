"""Manifests as functions of `(asset, settings, now_ms)`, and the facts and cache rules they stand on."""

from manifests.asset import Asset, Rendition, Segment, init_uri, segment_uri
from manifests.classes import DEFAULT_POLICIES, CachePolicy, ObjectClass, cache_tags

__all__ = [
    "Asset",
    "Rendition",
    "Segment",
    "init_uri",
    "segment_uri",
    "ObjectClass",
    "CachePolicy",
    "DEFAULT_POLICIES",
    "cache_tags",
]
