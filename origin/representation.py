"""How a GET or HEAD of one object is answered: preconditions, a single range, the fields of its class.

Pure: from the request's fields and what is known of the object to a status, fields, and the bytes to send.
`delivery` finds objects and sends what is said here.
"""

from pathlib import Path
from typing import NamedTuple

from caching.conditional import Precondition, evaluate
from caching.fields import format_http_date
from caching.headers import Headers, Pair
from caching.ranges import Slice, Unsatisfiable, select
from manifests.classes import ObjectClass


class Representation(NamedTuple):
    """One object as it is now. `content` is its bytes, or the file that holds `size_bytes` of them.

    `etag` is strong: it changes with every byte. `last_modified_ms` is in milliseconds since the epoch.
    """

    object_class: ObjectClass
    content_type: str
    cache_control: str
    cache_tag: str
    etag: str
    last_modified_ms: int
    size_bytes: int
    content: bytes | Path


class Answer(NamedTuple):
    """What to send; `part` is None when the answer has no content."""

    status: int
    headers: tuple[Pair, ...]
    part: Slice | None


def answer(headers: Headers, found: Representation) -> Answer:
    """The answer to a GET of `found` (RFC 9110 sections 13 and 14); a HEAD gets it without the content."""
    validators = (
        ("Cache-Control", found.cache_control),
        ("Cache-Tag", found.cache_tag),
        ("ETag", found.etag),
        ("Last-Modified", format_http_date(found.last_modified_ms)),
    )
    precondition = evaluate(headers, found.etag, found.last_modified_ms)
    if precondition is Precondition.NOT_MODIFIED:
        return Answer(304, validators, None)
    if precondition is Precondition.FAILED:
        return Answer(412, (("Cache-Control", "no-store"), ("Content-Length", "0")), None)
    described = (*validators, ("Accept-Ranges", "bytes"), ("Content-Type", found.content_type))
    part = select(headers, found.size_bytes, found.etag, found.last_modified_ms)
    if isinstance(part, Unsatisfiable):
        refused = (("Cache-Control", "no-store"), ("Content-Length", "0"))
        return Answer(416, (*refused, ("Content-Range", part.content_range())), None)
    if part is None:
        return Answer(200, (*described, _length(found.size_bytes)), Slice(0, found.size_bytes))
    content_range = ("Content-Range", part.content_range(found.size_bytes))
    return Answer(206, (*described, content_range, _length(part.length)), part)


def _length(size_bytes: int) -> Pair:
    return ("Content-Length", str(size_bytes))
