"""Who owns a key: stable digest, weighted ring, bounded loads. Pure, and needs mmh3 alone."""

from hashing.bounded import bounded_owner, capacities
from hashing.digest import DEFAULT_SEED, digest64
from hashing.ring import MAX_WEIGHT, REPLICAS_PER_WEIGHT, EmptyRingError, Ring
from hashing.stand_in import node_to_ask

__all__ = [
    "DEFAULT_SEED",
    "MAX_WEIGHT",
    "REPLICAS_PER_WEIGHT",
    "EmptyRingError",
    "Ring",
    "bounded_owner",
    "capacities",
    "digest64",
    "node_to_ask",
]
