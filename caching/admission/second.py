"""Admit on the second request: what is asked for once, and most objects are, never costs others their place.

Maggs, Sitaraman, "Algorithmic nuggets in content delivery", ACM SIGCOMM Computer Communication Review, 2015.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from caching.admission.bloom import RotatingBloom
from caching.policies.base import positive
from caching.policies.protocol import Policy
from caching.policies.sketch import key_digest


class SecondRequest:
    """What was missed before is admitted: among the last ``keys`` that were, at least.

    Hits need not be noted, for what is held has been noted on its way in. ``digest`` gives 64 bits of a key.
    Raises ValueError unless ``keys`` is positive.
    """

    __slots__ = ("_bloom", "_digest", "keys")

    counts_hits = False

    def __init__(self, *, keys: int = 1_000_000, digest: Callable[[Any], int] = key_digest) -> None:
        self.keys = positive("keys", keys)
        self._bloom = RotatingBloom(keys)
        self._digest = digest

    def requested(self, key: Hashable, size_bytes: int) -> None:
        """Misses are noted when they are judged."""

    def admits(self, key: Hashable, size_bytes: int, policy: Policy[Any]) -> bool:
        return self._bloom.seen(self._digest(key))
