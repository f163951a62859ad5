"""Policies by name, for settings and command lines."""

from __future__ import annotations

from typing import Any

from caching.policies.base import Base
from caching.policies.fifo import Fifo
from caching.policies.lru import Lru
from caching.policies.protocol import Policy

POLICIES: dict[str, type[Base[Any]]] = {"fifo": Fifo, "lru": Lru}


def make_policy(name: str, capacity_bytes: int) -> Policy[Any]:
    """The policy of that name. Raises ValueError naming the policies there are."""
    if name not in POLICIES:
        raise ValueError(f"policy: {name!r} is not one of {', '.join(sorted(POLICIES))}")
    return POLICIES[name](capacity_bytes)
