"""Settings of a simulated world: one frozen, validated object, which its report repeats."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from caching import CacheSettings

_POSITIVE = (
    "edges",
    "chunk_bytes",
    "origin_head_timeout_ms",
    "peer_head_timeout_ms",
    "peer_retry_ms",
    "client_timeout_ms",
)


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """One origin, a tier of edges, clients around it. Raises ValueError naming the field out of range.

    Latencies are those of one direction. Bandwidths are of a node's connection, each way, in bits per
    second; 0 is unlimited.
    """

    seed: int = 1
    """Everything drawn by chance comes from it: same seed and script, same report."""
    start_ms: int = 1_700_000_000_000
    """What the virtual wall clock shows at the beginning, in ms since the epoch."""
    authority: str = "origin"
    """The site's authority, which stands in every cache key; its scheme is ``http``."""
    edges: int = 1
    """Edges, named ``edge-1`` and so on."""
    peering: bool = True
    """Whether edges form a ring and ask a key's owner first; otherwise each asks the origin."""
    cache: CacheSettings = field(default_factory=CacheSettings)
    """Of every edge; ``node_name`` is set to the edge's own."""
    client_latency_us: int = 10_000
    """Between a client and any edge, in microseconds."""
    client_bandwidth_bps: int = 25_000_000
    """Of one client."""
    peer_latency_us: int = 1_000
    """Between two edges, in microseconds."""
    edge_bandwidth_bps: int = 10_000_000_000
    """Of one edge, shared by its clients, its peers and its fills."""
    origin_latency_us: int = 40_000
    """Between an edge and the origin, in microseconds."""
    origin_bandwidth_bps: int = 1_000_000_000
    """Of the origin, shared by all edges."""
    chunk_bytes: int = 65_536
    """The quantum in which flows that share a link take turns."""
    bus_latency_us: int = 40_000
    """Between the event log and any edge, in microseconds."""
    max_staleness_ms: int = 10_000
    """How long an edge may trust its cache after the event log last spoke to it; 0 for no leases."""
    origin_head_timeout_ms: int = 15_000
    peer_head_timeout_ms: int = 5_000
    peer_retry_ms: int = 2_000
    """How long a peer that failed is passed over."""
    client_timeout_ms: int = 30_000
    """How long a client waits for the head of a response."""

    def __post_init__(self) -> None:
        for name in _POSITIVE:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name}: must be greater than 0, not {getattr(self, name)}")
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name.endswith(("_us", "_bps", "_ms")) and value < 0:
                raise ValueError(f"{item.name}: must not be negative, not {value}")
        if not self.authority:
            raise ValueError("authority: must not be empty, since it stands in every cache key")
