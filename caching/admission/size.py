"""A limit of size: what is larger is not admitted. The simplest rule, and the one most proxies have."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from caching.policies.base import positive
from caching.policies.protocol import Policy


class SizeLimit:
    """Objects of up to ``max_bytes`` are admitted. Raises ValueError unless that is positive."""

    __slots__ = ("max_bytes",)

    counts_hits = False

    def __init__(self, *, max_bytes: int) -> None:
        self.max_bytes = positive("max_bytes", max_bytes)

    def requested(self, key: Hashable, size_bytes: int) -> None:
        """What was before makes no difference."""

    def admits(self, key: Hashable, size_bytes: int, policy: Policy[Any]) -> bool:
        return size_bytes <= self.max_bytes
