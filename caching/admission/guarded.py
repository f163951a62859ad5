"""A policy behind an admission rule: itself a policy, so that a cache need not know that there is a rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic

from caching.admission.protocol import Admission
from caching.policies.protocol import K, Policy


class Guarded(Generic[K]):
    """Any policy with any rule. What the rule refuses stands among the victims, as what doesn't fit does.

    A key that is held and gets another size is let alone: it is in.
    """

    __slots__ = ("_admission", "_policy", "hit")

    hit: Callable[[K], None]

    def __init__(self, policy: Policy[K], admission: Admission[K]) -> None:
        self._policy, self._admission = policy, admission
        self.hit = self._counted_hit if admission.counts_hits else policy.hit

    def _counted_hit(self, key: K) -> None:
        self._policy.hit(key)
        self._admission.requested(key, self._policy.size_of(key))

    def admit(self, key: K, size_bytes: int) -> list[K]:
        policy, admission = self._policy, self._admission
        if key in policy:
            return policy.admit(key, size_bytes)
        admission.requested(key, size_bytes)
        if size_bytes > policy.capacity_bytes or not admission.admits(key, size_bytes, policy):
            return [key]
        return policy.admit(key, size_bytes)

    @property
    def capacity_bytes(self) -> int:
        return self._policy.capacity_bytes

    @property
    def used_bytes(self) -> int:
        return self._policy.used_bytes

    def size_of(self, key: K) -> int:
        return self._policy.size_of(key)

    def remove(self, key: K) -> None:
        self._policy.remove(key)

    def resize(self, capacity_bytes: int) -> list[K]:
        return self._policy.resize(capacity_bytes)

    def victim(self) -> K | None:
        return self._policy.victim()

    def __contains__(self, key: object) -> bool:
        return key in self._policy

    def __len__(self) -> int:
        return len(self._policy)

    def __repr__(self) -> str:
        return f"{self._policy!r} behind {type(self._admission).__name__}"
