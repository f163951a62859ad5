"""Eviction policies, one a file, named as published."""

from caching.policies.arc import Arc
from caching.policies.clock import Clock
from caching.policies.fifo import Fifo
from caching.policies.gdsf import Gdsf
from caching.policies.lfu import Lfu
from caching.policies.lfuda import LfuDa
from caching.policies.lirs import Lirs
from caching.policies.lru import Lru
from caching.policies.make import POLICIES, make_hospitable_policy, make_policy, policy_options
from caching.policies.protocol import Policy
from caching.policies.s3fifo import S3Fifo
from caching.policies.sieve import Sieve
from caching.policies.slru import Slru
from caching.policies.twoq import TwoQ
from caching.policies.wtinylfu import WTinyLfu

__all__ = [
    "POLICIES",
    "Arc",
    "Clock",
    "Fifo",
    "Gdsf",
    "Lfu",
    "LfuDa",
    "Lirs",
    "Lru",
    "Policy",
    "S3Fifo",
    "Sieve",
    "Slru",
    "TwoQ",
    "WTinyLfu",
    "make_hospitable_policy",
    "make_policy",
    "policy_options",
]
