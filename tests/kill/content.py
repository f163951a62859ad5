"""What the origin has: objects whose bytes follow from seed, path and version, and so can be checked."""

from __future__ import annotations

import random
from enum import Enum
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

KIB = 1024


class Kind(Enum):
    """How an object is to be kept."""

    KEPT = "max-age=86400"
    """For longer than a run."""
    CHECKED = "no-cache"
    """Validated before each use; it changes now and then."""
    SLICED = "public, max-age=86400"
    """For long, and asked for by ranges."""


class Item(NamedTuple):
    path: str
    kind: Kind
    size_bytes: int


class Content:
    """``count`` objects, the most popular first (Zipf with exponent 0.8), and versions that only grow."""

    def __init__(self, seed: int, count: int) -> None:
        dice = random.Random(f"{seed} content")
        self._seed = seed
        self.items = [self._item(number, dice) for number in range(count)]
        self.versions = {item.path: 1 for item in self.items}
        self._sizes = {item.path: item.size_bytes for item in self.items}
        self._weights = list(accumulate(1 / (rank + 1) ** 0.8 for rank in range(count)))
        self._body = lru_cache(maxsize=2 * count)(self._made)

    def _item(self, number: int, dice: random.Random) -> Item:
        kind = dice.choices([Kind.KEPT, Kind.CHECKED, Kind.SLICED], [7, 2, 1])[0]
        size_bytes = 2 ** dice.uniform(8, 17) if kind is not Kind.SLICED else 2 ** dice.uniform(17, 18)
        return Item(f"/{kind.name.lower()}/{number}", kind, int(size_bytes))

    def draw(self, dice: random.Random) -> Item:
        """An object, by popularity."""
        return dice.choices(self.items, cum_weights=self._weights)[0]

    def change(self, dice: random.Random) -> None:
        """Give some object that is always validated a new version."""
        changing = [item.path for item in self.items if item.kind is Kind.CHECKED]
        if changing:
            self.versions[dice.choice(changing)] += 1

    def body(self, path: str, version: int) -> bytes:
        return self._body(path, version)

    def _made(self, path: str, version: int) -> bytes:
        return random.Random(f"{self._seed} {path} {version}").randbytes(self._sizes[path])
