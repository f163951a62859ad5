"""The answer as a table: request fields in, status and fields out."""

import pytest

from caching.headers import Headers
from caching.ranges import Slice
from manifests.classes import ObjectClass
from origin.representation import Representation, answer

FOUND = Representation(
    object_class=ObjectClass.SEGMENT,
    content_type="video/iso.segment",
    cache_control="public, max-age=9",
    cache_tag="asset:film, class:segment",
    etag='"v1"',
    last_modified_ms=1_700_000_000_900,
    size_bytes=1_000,
    content=b"",
)
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
VALIDATORS = {
    "Cache-Control": "public, max-age=9",
    "Cache-Tag": "asset:film, class:segment",
    "ETag": '"v1"',
    "Last-Modified": DATE,
}
DESCRIBED = {**VALIDATORS, "Accept-Ranges": "bytes", "Content-Type": "video/iso.segment"}
WHOLE = {**DESCRIBED, "Content-Length": "1000"}
REFUSED = {"Cache-Control": "no-store", "Content-Length": "0"}


def part(first: int, length: int) -> dict[str, str]:
    return {
        **DESCRIBED,
        "Content-Range": f"bytes {first}-{first + length - 1}/1000",
        "Content-Length": str(length),
    }


@pytest.mark.parametrize(
    ("request_fields", "status", "fields", "sent"),
    [
        ({}, 200, WHOLE, Slice(0, 1_000)),
        ({"If-None-Match": '"v1"'}, 304, VALIDATORS, None),
        ({"If-None-Match": '"v0"'}, 200, WHOLE, Slice(0, 1_000)),
        ({"If-Modified-Since": DATE}, 304, VALIDATORS, None),
        ({"If-Match": '"v0"'}, 412, REFUSED, None),
        ({"If-None-Match": '"v1"', "Range": "bytes=0-1"}, 304, VALIDATORS, None),
        ({"Range": "bytes=0-99"}, 206, part(0, 100), Slice(0, 100)),
        ({"Range": "bytes=900-"}, 206, part(900, 100), Slice(900, 100)),
        ({"Range": "bytes=-10"}, 206, part(990, 10), Slice(990, 10)),
        ({"Range": "bytes=5-1", "X": "nonsense is ignored"}, 200, WHOLE, Slice(0, 1_000)),
        ({"Range": "bytes=1000-"}, 416, {**REFUSED, "Content-Range": "bytes */1000"}, None),
        ({"Range": "bytes=0-9", "If-Range": '"v1"'}, 206, part(0, 10), Slice(0, 10)),
        ({"Range": "bytes=0-9", "If-Range": '"v0"'}, 200, WHOLE, Slice(0, 1_000)),
        ({"Range": "bytes=0-9", "If-Range": DATE}, 206, part(0, 10), Slice(0, 10)),
    ],
)
def test_answers(
    request_fields: dict[str, str], status: int, fields: dict[str, str], sent: Slice | None
) -> None:
    said = answer(Headers(request_fields.items()), FOUND)
    assert (said.status, dict(said.headers), said.part) == (status, fields, sent)
