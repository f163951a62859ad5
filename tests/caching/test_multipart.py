from email.parser import BytesParser

import pytest

from caching import Slice
from caching.multipart import Multipart

CONTENT = bytes(range(48, 58)) * 10


@pytest.mark.parametrize("content_type", ["video/mp4", None])
def test_what_is_framed_is_read_back_by_a_parser_of_mime(content_type: str | None) -> None:
    spans = [Slice(50, 10), Slice(0, 1)]
    framing = Multipart(spans, len(CONTENT), content_type, "seed")
    pieces = [framing.head_at(span.offset) + CONTENT[span.offset : span.end] for span in spans]
    body = b"".join(pieces) + framing.end
    assert len(body) == framing.size_bytes
    parsed = BytesParser().parsebytes(b"content-type: " + framing.content_type.encode() + b"\r\n\r\n" + body)
    parts = parsed.get_payload()
    assert [part.get_payload().encode() for part in parts] == [b"0123456789", b"0"]
    assert [part["content-range"] for part in parts] == ["bytes 50-59/100", "bytes 0-0/100"]
    assert [part["content-type"] for part in parts] == [content_type, content_type]


def test_only_the_beginning_of_a_part_has_a_head() -> None:
    framing = Multipart([Slice(50, 10)], 100, None, "seed")
    assert framing.head_at(51) == b"" and framing.head_at(50)


def test_the_boundary_is_another_for_another_answer() -> None:
    one, other = (Multipart([Slice(0, 1)], 10, None, seed) for seed in ("a", "b"))
    assert one.content_type != other.content_type
