"""Was this seen lately? Two Bloom filters, of which the older one is thrown away when the younger is full.

Bloom, "Space/time trade-offs in hash coding with allowable errors", Communications of the ACM, 1970. It
remembers the last ``keys`` digests at least and twice as many at most; of those it forgets none, and of
others it takes one in fifty for seen, at worst. The compiled form in the simulator works on the same bits.
"""

from __future__ import annotations

from typing import Final

BITS_PER_KEY: Final = 10
"""With seven hashes one in a hundred is taken for seen, in each of the two filters when it is full."""
HASHES: Final = 7
_LOW: Final = 0xFFFFFFFF


class RotatingBloom:
    """A memory of 64-bit digests."""

    __slots__ = ("_bits", "_keys", "_new", "_old", "_taken")

    def __init__(self, keys: int) -> None:
        self._keys = keys
        self._bits = BITS_PER_KEY * keys
        self._new, self._old = self._empty(), self._empty()
        self._taken = 0

    def _empty(self) -> bytearray:
        return bytearray(self._bits + 7 >> 3)

    def seen(self, digest: int) -> bool:
        """Whether it was noted before; from now on it is."""
        start, step, bits = digest & _LOW, digest >> 32 | 1, self._bits
        places = [(start + n * step & _LOW) * bits >> 32 for n in range(HASHES)]
        known = _all_set(self._new, places)
        if not known:
            known = _all_set(self._old, places)
            self._note(places)
        return known

    def _note(self, places: list[int]) -> None:
        if self._taken == self._keys:
            self._new, self._old, self._taken = self._empty(), self._new, 0
        for place in places:
            self._new[place >> 3] |= 1 << (place & 7)
        self._taken += 1


def _all_set(bits: bytearray, places: list[int]) -> bool:
    return all(bits[place >> 3] >> (place & 7) & 1 for place in places)
