"""Eviction policies, one a file, named as published."""

from caching.policies.fifo import Fifo
from caching.policies.lru import Lru
from caching.policies.make import POLICIES, make_policy, policy_options
from caching.policies.protocol import Policy
from caching.policies.s3fifo import S3Fifo

__all__ = ["POLICIES", "Fifo", "Lru", "Policy", "S3Fifo", "make_policy", "policy_options"]
