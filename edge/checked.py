"""A body on its way into the store, held against the digest that its origin announced (RFC 9530).

Its last byte is held back until the whole is known to agree: who reads along must not be given a body that
looks whole and is another. Everything before it goes on as it comes.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

from caching.digests import BodyDigest


class DigestMismatchError(Exception):
    """All of the body is there, and it is not the one that was announced."""


async def checked(pieces: AsyncIterator[bytes], digest: BodyDigest | None) -> AsyncGenerator[bytes, None]:
    """The pieces of a body, checked if there is something to check them by. Raises DigestMismatchError."""
    held = b""
    async for piece in pieces:
        if digest is None:
            yield piece
        elif piece:
            digest.update(piece)
            yield held + piece[:-1]
            held = piece[-1:]
    if digest is not None and not digest.agrees:
        raise DigestMismatchError
    if held:
        yield held
