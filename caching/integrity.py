"""The digest that a response says its body has (RFC 9530), which is checked while the cache is filled.

A body that is another than the origin sent must not be shared with everyone. The driver has the bytes: it is
told what to expect, holds the last piece back until it has compared, and says what came of it.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from caching.headers import Headers
from caching.messages import ResponseHead
from caching.storability import content_length
from caching.structured import Dictionary, Item, parse_dictionary

# Those that RFC 9530 section 5 calls active, the stronger first, with the bytes of their values.
_ALGORITHMS = (("sha-512", 64), ("sha-256", 32))
# Of a whole 200 both are of the bytes that come: Content-Encoding belongs to the representation.
_FIELDS = ("repr-digest", "content-digest")


class Digest(NamedTuple):
    """What the bytes of a body must come to."""

    algorithm: str
    """``sha-512`` or ``sha-256``."""
    value: bytes

    def begin(self) -> hashlib._Hash:
        """An object to feed the bytes to."""
        return hashlib.new(self.algorithm.replace("-", ""))

    def is_of(self, content: bytes) -> bool:
        """Whether it is the digest of these bytes."""
        made = self.begin()
        made.update(content)
        return made.digest() == self.value


def expected_digest(head: ResponseHead) -> Digest | None:
    """The digest to check a whole 200 by; None when it says none that is understood."""
    if head.status != 200:
        return None
    return next((found for name in _FIELDS if (found := _digest_in(head.headers, name))), None)


def is_refuted_by_its_head(head: ResponseHead) -> bool:
    """Whether the body is said to be empty with the digest of another: it has no end to hold back."""
    digest = expected_digest(head) if content_length(head.headers) == 0 else None
    return digest is not None and not digest.is_of(b"")


def _digest_in(headers: Headers, name: str) -> Digest | None:
    text = headers.get(name)
    if text is None:
        return None
    said: Dictionary = parse_dictionary(text) or {}
    for algorithm, size_bytes in _ALGORITHMS:
        member = said.get(algorithm)
        value = member.value if isinstance(member, Item) else None
        if isinstance(value, bytes) and len(value) == size_bytes:
            return Digest(algorithm, value)
    return None
