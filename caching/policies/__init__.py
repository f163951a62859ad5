"""Eviction policies, one a file, named as published."""

from caching.policies.clock import Clock
from caching.policies.fifo import Fifo
from caching.policies.lfu import Lfu
from caching.policies.lru import Lru
from caching.policies.make import POLICIES, make_policy, policy_options
from caching.policies.protocol import Policy
from caching.policies.s3fifo import S3Fifo
from caching.policies.sieve import Sieve

__all__ = [
    "POLICIES",
    "Clock",
    "Fifo",
    "Lfu",
    "Lru",
    "Policy",
    "S3Fifo",
    "Sieve",
    "make_policy",
    "policy_options",
]
