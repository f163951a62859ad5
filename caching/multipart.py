"""The framing of several ranges in one answer: multipart/byteranges (RFC 9110 section 14.6)."""

from __future__ import annotations

from collections.abc import Sequence

from caching.ranges import Slice
from hashing import digest64


class Multipart:
    """The heads of the parts and the end of them all, for ``spans`` of a whole of ``size_bytes``.

    ``seed`` chooses the boundary; it must differ from answer to answer, or content could be made to hold it.
    """

    def __init__(self, spans: Sequence[Slice], size_bytes: int, content_type: str | None, seed: str) -> None:
        boundary = f"{digest64(seed):016x}{digest64(seed, 1):016x}"
        typed = f"content-type: {content_type}\r\n" if content_type is not None else ""
        self.content_type = f"multipart/byteranges; boundary={boundary}"
        self.end = f"\r\n--{boundary}--\r\n".encode()
        self._heads = {
            span.offset: (
                f"\r\n--{boundary}\r\n{typed}content-range: {span.content_range(size_bytes)}\r\n\r\n"
            ).encode("latin-1")
            for span in spans
        }
        self.size_bytes = (
            sum(map(len, self._heads.values())) + sum(span.length for span in spans) + len(self.end)
        )
        """Of the whole body, framing included."""

    def head_at(self, position: int) -> bytes:
        """What comes before the byte at a position: the head of the part that begins there, if one does."""
        return self._heads.get(position, b"")
