"""One object in the place of all that are equal: of what many stored responses say, one copy is kept.

An edge may hold a million of them, which have a few content types, lifetimes and servers between them.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def same(value: T) -> T:
    """An equal value that was asked about lately, or this one. For what never changes."""
    return _first(value)  # type: ignore[return-value]


@lru_cache(maxsize=4096, typed=True)
def _first(value: Hashable) -> Hashable:
    return value
