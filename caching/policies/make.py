"""Policies by name, for settings and command lines."""

from __future__ import annotations

from collections.abc import Callable

from caching.policies.fifo import Fifo
from caching.policies.lru import Lru
from caching.policies.protocol import Policy

POLICIES: dict[str, Callable[[int], Policy]] = {"fifo": Fifo, "lru": Lru}


def make_policy(name: str, capacity_bytes: int) -> Policy:
    """The policy of that name. Raises ValueError naming the policies there are."""
    if name not in POLICIES:
        raise ValueError(f"policy: {name!r} is not one of {', '.join(sorted(POLICIES))}")
    return POLICIES[name](capacity_bytes)
