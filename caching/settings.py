"""Settings of the cache core: one frozen, validated object."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from caching.content import check_limits
from caching.key import DEFAULT_IGNORED_PARAMS
from caching.messages import OTHER_SITES, OVERRIDES
from caching.policies import POLICIES

MIB = 1024 * 1024

# As narrow as a host name, and so a token of Cache-Status and of CDN-Loop alike (RFC 8941 section 3.3.4).
_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9.-]*")


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """What the rules leave to the operator. Raises ValueError naming the field that is out of range."""

    node_name: str = "headwater"
    """Names this cache in Cache-Status (RFC 9211) and CDN-Loop (RFC 8586): a token."""
    cache_status_key: bool = False
    """Tell the key in Cache-Status, for who looks for the reason of a miss (RFC 9211 section 2.7)."""
    capacity_bytes: int = 256 * MIB
    """Bodies and their overhead kept at once."""
    max_object_bytes: int = 64 * MIB
    """A larger body is delivered and not stored."""
    slice_bytes: int = MIB
    """A range of what is not stored is fetched in aligned blocks of this size; 0 fetches the whole."""
    max_ranges: int = 16
    """More ranges than this in one request are refused with 416 (RFC 9110 section 14.2)."""
    max_fills: int = 1024
    """Fills and validations at once; who would begin one more is refused with 503, or given something stale.
    0 for any number."""
    entry_overhead_bytes: int = 1024
    """Charged for each stored response on top of its body: head, index and policy."""
    policy: str = "lru"
    """The eviction policy, by the name of its paper."""
    hit_for_miss_ms: int = 120_000
    """How long requests go upstream one by one after a response that may not be shared; 0 for never."""
    max_variants: int = 50
    """Variants of one key (by Vary) kept at once; the oldest makes room."""
    ignored_params: frozenset[str] = DEFAULT_IGNORED_PARAMS
    """Query parameters left out of the key (and forwarded all the same)."""
    dropped_fields: frozenset[str] = OVERRIDES | OTHER_SITES
    """Request fields, in lower case, that are not forwarded: they are not in the key, and an origin that went
    by them would have its answer to one client cached for all."""
    append_forwarded_for: bool = True
    """Tell upstream the client's address, behind those that it came with (X-Forwarded-For)."""
    blameless_head_bytes: int = 4096
    """An error about a request (400, 403, 431, ...) is not stored when its fields are longer than this, for
    it may be about them."""
    targeted_fields: tuple[str, ...] = ("headwater-cache-control", "cdn-cache-control")
    """Fields that stand in the place of Cache-Control and Expires, the first that is valid (RFC 9213)."""
    honour_request_directives: bool = True
    """Do what a client's Cache-Control asks (RFC 9111 section 5.2.1). Off for a public CDN: with it, whoever
    reloads a page asks the origin."""
    store_set_cookie: bool = True
    """Share a response that sets a cookie if it says how long it is fresh (RFC 9111 section 7.3); otherwise
    only if it says ``public`` or ``s-maxage``, for an origin that may give a session away by mistake."""
    heuristic_percent: int = 10
    """Heuristic freshness as a share of the time since Last-Modified; 0 for none (RFC 9111 4.2.2)."""
    heuristic_max_ms: int = 24 * 3600 * 1000
    """The longest heuristic freshness."""
    negative_ttl_ms: dict[str, int] = field(default_factory=dict)
    """How long an error is fresh that does not say so itself, by its class: ``{"404": 1000, "5xx": 500}``.
    The first class that fits counts; of the others none is stored for that."""
    default_stale_if_error_ms: int = 0
    """How long a stale response may stand in for an error when the origin does not say (RFC 5861)."""
    stale_if_disconnected_ms: int = 3600 * 1000
    """How long a stale response may be used while upstream cannot be reached, unless it forbids that itself
    (RFC 9111 section 4.2.4). An error that upstream answers with is another matter."""
    max_stale_ms: int = 7 * 24 * 3600 * 1000
    """No response is served longer past its freshness than this, whatever it says itself."""
    max_stale_of_ms: dict[str, int] = field(default_factory=dict)
    """The same for a class of content, in the place of ``max_stale_ms``: ``{"5xx": 0, "video/*": 86400000,
    "application/vnd.apple.mpegurl": 10000}``. The first class that fits counts."""
    purge_history: int = 10_000
    """Purges remembered one by one; older ones count as matching everything."""

    def __post_init__(self) -> None:
        if not _TOKEN.fullmatch(self.node_name):
            raise ValueError(
                f"node_name: a letter, then letters, digits, '-' and '.', not {self.node_name!r}"
            )
        if self.policy not in POLICIES:
            raise ValueError(f"policy: one of {', '.join(sorted(POLICIES))}, not {self.policy!r}")
        check_limits("negative_ttl_ms", self.negative_ttl_ms, errors_only=True)
        check_limits("max_stale_of_ms", self.max_stale_of_ms, errors_only=False)
        for name in ("capacity_bytes", "max_object_bytes", "max_ranges", "max_variants", "purge_history"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name}: must be greater than 0, not {getattr(self, name)}")
        for name in (
            "blameless_head_bytes",
            "slice_bytes",
            "max_fills",
            "entry_overhead_bytes",
            "hit_for_miss_ms",
            "heuristic_max_ms",
            "default_stale_if_error_ms",
            "stale_if_disconnected_ms",
            "max_stale_ms",
        ):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: must not be negative, not {getattr(self, name)}")
        if not 0 <= self.heuristic_percent <= 100:
            raise ValueError(f"heuristic_percent: from 0 to 100, not {self.heuristic_percent}")
