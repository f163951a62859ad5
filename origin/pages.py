"""The player page's files, read once at the start and served by name only."""

from hashlib import blake2b
from pathlib import Path

from manifests.classes import DEFAULT_POLICIES, ObjectClass, cache_tags
from origin.representation import Representation

INDEX = "index.html"

_FOLDER = Path(__file__).parent / "player"
_CONTENT_TYPES = {
    ".html": ObjectClass.PAGE.content_type,
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}


def player_pages(folder: Path = _FOLDER) -> dict[str, Representation]:
    """Every file of the page by its name; what isn't HTML, script or style isn't part of it."""
    return {path.name: _page(path) for path in sorted(folder.iterdir()) if path.suffix in _CONTENT_TYPES}


def _page(path: Path) -> Representation:
    content = path.read_bytes()
    return Representation(
        object_class=ObjectClass.PAGE,
        content_type=_CONTENT_TYPES[path.suffix],
        cache_control=DEFAULT_POLICIES[ObjectClass.PAGE].cache_control(),
        cache_tag=cache_tags(None, ObjectClass.PAGE),
        etag=content_etag(content),
        last_modified_ms=path.stat().st_mtime_ns // 1_000_000,
        size_bytes=len(content),
        content=content,
    )


def content_etag(content: bytes) -> str:
    """A strong entity tag (RFC 9110 section 8.8.3) that is a digest of the bytes."""
    return f'"{blake2b(content, digest_size=8).hexdigest()}"'
