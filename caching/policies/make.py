"""Policies by name, for settings and command lines.

The one table of the policies there are; each says by its constructor which options it takes.
"""

from __future__ import annotations

from typing import Any

from caching.options import check_options, options_of
from caching.policies.arc import Arc
from caching.policies.base import Base
from caching.policies.clock import Clock
from caching.policies.fifo import Fifo
from caching.policies.gdsf import Gdsf
from caching.policies.lfu import Lfu
from caching.policies.lfuda import LfuDa
from caching.policies.lirs import Lirs
from caching.policies.lru import Lru
from caching.policies.protocol import Policy
from caching.policies.s3fifo import S3Fifo
from caching.policies.sieve import Sieve
from caching.policies.slru import Slru
from caching.policies.twoq import TwoQ
from caching.policies.wtinylfu import WTinyLfu

POLICIES: dict[str, type[Base[Any]]] = {
    "fifo": Fifo,
    "lru": Lru,
    "clock": Clock,
    "sieve": Sieve,
    "lfu": Lfu,
    "slru": Slru,
    "twoq": TwoQ,
    "arc": Arc,
    "lirs": Lirs,
    "lfuda": LfuDa,
    "gdsf": Gdsf,
    "s3fifo": S3Fifo,
    "wtinylfu": WTinyLfu,
}


def policy_options(name: str) -> tuple[str, ...]:
    """The options of the policy of that name. Raises ValueError naming the policies there are."""
    if name not in POLICIES:
        raise ValueError(f"policy: {name!r} is not one of {', '.join(sorted(POLICIES))}")
    return tuple(options_of(POLICIES[name], 1))


def make_policy(name: str, capacity_bytes: int, **options: Any) -> Policy[Any]:
    """The policy of that name, with its options.

    Raises ValueError naming the policies there are, or the options that the policy has, when it is asked for
    another one, or the kind of an option that is given another kind; and what the policy's constructor raises
    for a value out of range.
    """
    policy_options(name)
    check_options(f"the policy {name!r}", options_of(POLICIES[name], 1), options)
    return POLICIES[name](capacity_bytes, **options)


def make_hospitable_policy(name: str, capacity_bytes: int, **options: Any) -> Policy[Any]:
    """As ``make_policy``, for caches whose owner says what is too large: an edge's, and the mappings.

    As in libCacheSim, several policies refuse what is larger than one of their queues, which may be a
    hundredth of the capacity; so an edge would hold no long segments. These are told ``admit_large``, unless
    ``options`` say otherwise.
    """
    if "admit_large" in policy_options(name):
        options = {"admit_large": True, **options}
    return make_policy(name, capacity_bytes, **options)
