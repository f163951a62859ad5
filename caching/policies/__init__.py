"""Eviction policies, one a file, named as published."""

from caching.policies.fifo import Fifo
from caching.policies.lru import Lru
from caching.policies.make import POLICIES, make_policy
from caching.policies.protocol import Policy

__all__ = ["POLICIES", "Fifo", "Lru", "Policy", "make_policy"]
