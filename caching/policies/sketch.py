"""How often was this asked for lately? A counting Bloom filter of one-byte counters, for TinyLFU.

Fan, Cao, Almeida, Broder, "Summary cache: a scalable wide-area web cache sharing protocol", IEEE/ACM
Transactions on Networking, 2000 (counting Bloom filters); Einziger, Friedman, Manes, "TinyLFU: a highly
efficient cache admission policy", ACM Transactions on Storage, 2017 (ageing by halves). An estimate is never
below the count since the last halving. The compiled form in the simulator works on the same cells.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from hashing import digest64

MOST: Final = 255
"""A counter stops here."""
_LOW: Final = 0xFFFFFFFF
_HALVES: Final = bytes(count >> 1 for count in range(256))


def key_digest(key: Hashable) -> int:
    """A 64-bit digest, the same in every process; of its repr where the key is neither text nor bytes."""
    return digest64(key if isinstance(key, (str, bytes)) else repr(key))


class FrequencySketch:
    """``hashes`` counters for a key, among ``cells`` of them. Keys come as 64-bit digests."""

    __slots__ = ("_counters", "_hashes")

    def __init__(self, cells: int, hashes: int = 4) -> None:
        self._counters = bytearray(cells)
        self._hashes = hashes

    @property
    def cells(self) -> int:
        """How many counters there are."""
        return len(self._counters)

    def _places(self, digest: int) -> list[int]:
        # Two halves of a digest do for any number of hashes (Kirsch, Mitzenmacher, "Less hashing, same
        # performance: building a better Bloom filter", 2008).
        cells, start, step = len(self._counters), digest & _LOW, digest >> 32 | 1
        return [(start + n * step & _LOW) * cells >> 32 for n in range(self._hashes)]

    def count(self, digest: int) -> None:
        """It was asked for once more."""
        counters = self._counters
        for place in self._places(digest):
            if counters[place] < MOST:
                counters[place] += 1

    def estimate(self, digest: int) -> int:
        """How often it was asked for, about; 255 stands for more as well."""
        counters = self._counters
        return min([counters[place] for place in self._places(digest)])

    def halve(self) -> None:
        """Let the past count for half."""
        self._counters = self._counters.translate(_HALVES)

    def double(self) -> None:
        """Twice as many cells. No estimate changes: both halves of a cell begin with its count."""
        old = self._counters
        self._counters = bytearray(2 * len(old))
        self._counters[::2] = self._counters[1::2] = old
