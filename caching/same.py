"""One object in the place of all that are equal: of what many stored responses say, one copy is kept.

An edge may hold a million of them, which have a few content types, lifetimes and servers between them.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Protocol, TypeVar

T = TypeVar("T", bound=Hashable)


class _Same(Protocol):
    def __call__(self, value: T, /) -> T: ...


def _itself(value: T) -> T:
    return value


same: _Same = lru_cache(maxsize=4096, typed=True)(_itself)
"""An equal value that was asked about lately, or this one. For what never changes."""
