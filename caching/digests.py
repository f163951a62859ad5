"""Repr-Digest: whether a body that arrives is the one that its origin meant (RFC 9530).

The driver of a fill feeds the body through, since bodies never enter this package; one that turns out to be
another is not stored.
"""

from __future__ import annotations

import hashlib

from caching.messages import ResponseHead
from caching.structured import Item, parse_dictionary

# RFC 9530 section 5: the two that are meant for use, the stronger first. Others are passed over.
_ALGORITHMS = (("sha-512", hashlib.sha512), ("sha-256", hashlib.sha256))


class BodyDigest:
    """The digest of as much of a body as has arrived, beside the one that was announced."""

    __slots__ = ("_announced", "_hash", "name")

    def __init__(self, name: str, announced: bytes) -> None:
        self.name = name
        self._announced = announced
        self._hash = dict(_ALGORITHMS)[name]()

    def update(self, piece: bytes) -> None:
        """The next bytes."""
        self._hash.update(piece)

    @property
    def agrees(self) -> bool:
        """Whether what has arrived is the whole body that was announced."""
        return self._hash.digest() == self._announced

    def __repr__(self) -> str:
        return f"BodyDigest({self.name}, {'agrees' if self.agrees else 'does not agree'})"


def announced_digest(head: ResponseHead) -> BodyDigest | None:
    """What to hold a body against, or None when its head announces nothing that can be checked.

    The digest is that of the whole representation, coded as it is sent (section 3), so a part says nothing
    of it. A field that is not a dictionary is ignored, and so is a digest that is no byte sequence.
    """
    if head.status == 206:
        return None
    digests = parse_dictionary(head.headers.get("repr-digest") or "") or {}
    for name, _ in _ALGORITHMS:
        member = digests.get(name)
        if isinstance(member, Item) and isinstance(member.value, bytes):
            return BodyDigest(name, member.value)
    return None
