"""Holds the last piece of a body back until the whole has been found right (RFC 9530).

So whoever reads along never has all of a body that is wrong. What carries no digest goes on as it comes.
"""

from __future__ import annotations

from caching import Digest


class Verifier:
    """One body on its way from upstream into the store."""

    def __init__(self, digest: Digest | None) -> None:
        self._digest = digest
        self._made = None if digest is None else digest.begin()
        self._held = b""

    def take(self, piece: bytes) -> bytes:
        """The next piece came: what may go on, which is the one before it."""
        if self._made is None:
            return piece
        self._made.update(piece)
        piece, self._held = self._held, piece
        return piece

    def rest(self) -> bytes | None:
        """No more will come: the last piece, or None if the body is not what its digest says."""
        if self._digest is not None and self._made is not None and self._made.digest() != self._digest.value:
            return None
        return self._held
