"""Metrics for Prometheus, read from the node's own state when it is scraped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from caching import Cache
from caching.reasons import Lost
from edge.clock import Clock
from edge.connections import Connections
from edge.counters import LATENCY_BOUNDS_MS, Counters
from edge.tiered import TieredBodies

_PREFIX = "headwater_edge_"


class Exporter(Collector):
    """Turns counters and cache into metric families."""

    def __init__(
        self,
        counters: Counters,
        cache: Cache,
        now_ms: Clock,
        connections: Connections,
        tiered: TieredBodies | None = None,
    ) -> None:
        self._counters = counters
        self._connections = connections
        self._tiered = tiered
        self._cache = cache
        self._now_ms = now_ms
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        count = self._counters
        yield _counter("requests", "Requests answered.", ("who", "outcome", "reason"), count.requests)
        yield _counter("sent_bytes", "Body bytes sent.", ("who",), _single(count.sent_bytes))
        yield _counter(
            "upstream_requests", "Requests sent upstream.", ("to",), _single(count.upstream_requests)
        )
        yield _counter("upstream_failures", "Of these, failed.", ("to",), _single(count.upstream_failures))
        yield _counter("upstream_bytes", "Body bytes received.", ("to",), _single(count.upstream_bytes))
        yield _counter("flaws", "Messages refused for their form.", ("of", "why"), count.flaws)
        yield _counter("cut_off", "Clients cut off, or gone early.", ("why",), _single(count.cut_off))
        yield _counter("tls_failures", "TLS connections that failed.", ("why",), _single(count.tls_failures))
        yield _counter("not_stored", "Responses not stored.", ("why",), _single(count.not_stored))
        yield _counter("dropped", "Entries that left the cache.", ("cause",), _single(count.dropped))
        yield _counter("purges", "Purges applied.", (), {(): count.purges})
        yield _counter("prepared", "Answers given from bytes that lay ready.", (), {(): count.prepared})
        yield from self._gauges()
        yield from self._disk()
        if count.certificate_expires_ms is not None:
            text, at_s = "When the TLS certificate expires, Unix time.", count.certificate_expires_ms / 1000
            yield GaugeMetricFamily(_PREFIX + "certificate_expires_seconds", text, value=at_s)
        yield self._latency()

    def _gauges(self) -> Iterable[Metric]:
        cache = self._cache
        for name, text, value in (
            ("cached_objects", "Responses stored.", len(cache.index)),
            ("cached_bytes", "Bytes charged for them.", cache.index.policy.used_bytes),
            ("capacity_bytes", "Bytes that may be charged.", cache.index.policy.capacity_bytes),
            ("flights", "Fills and validations under way that may be joined.", len(cache.flights)),
            ("fills", "Fills and validations under way, joinable or not.", cache.flights.under_way),
            ("max_fills", "How many there may be; 0 for any number.", cache.settings.max_fills),
            ("connections", "Connections of clients and peers.", self._connections.open),
            ("max_connections", "How many there may be; 0 for any number.", self._connections.most),
            ("position", "Newest event applied.", cache.position),
            ("fenced", "1 while the lease on the event log has run out.", cache.is_fenced(self._now_ms())),
        ):
            yield GaugeMetricFamily(_PREFIX + name, text, value=float(value))

    def _disk(self) -> Iterable[Metric]:
        if self._tiered is None:
            return
        count, tiers = self._tiered.counters, self._tiered.tiers
        for name, text, number in (
            ("writes", "Bodies written to disk.", count.writes),
            ("written_bytes", "Bytes of them.", count.written_bytes),
            ("reads", "Bodies opened, mapped and verified.", count.reads),
            ("read_bytes", "Bytes of them.", count.read_bytes),
            ("refreshes", "Bodies on disk of which more was written down.", count.refreshes),
            ("drops", "Bodies removed from disk.", count.drops),
            ("remove_failures", "Files that would not go.", count.remove_failures),
            ("scrubbed_files", "Files read again in the background.", count.scrubbed_files),
            ("scrubbed_bytes", "Bytes of them.", count.scrubbed_bytes),
            ("scrub_passes", "Times that all of them were.", count.scrub_passes),
            ("put_off", "Bodies not written since too much waited.", tiers.put_off),
        ):
            yield _counter(f"disk_{name}", text, (), {(): number})
        failures, lost = _by_why(count.write_failures), _by_why(count.lost)
        yield _counter("disk_write_failures", "Bodies that could not be written.", ("why",), failures)
        yield _counter("disk_lost", "Bodies on disk that could not be read.", ("why",), lost)
        for name, text, value in (
            ("objects", "Bodies on disk, or on their way there.", len(tiers.disk)),
            ("bytes", "Bytes charged for them.", tiers.disk.used_bytes),
            ("capacity_bytes", "Bytes that may be charged.", tiers.disk.capacity_bytes),
            ("queued_bytes", "Bytes of bodies that wait to be written.", count.queued_bytes),
            ("mapped", "Bodies mapped.", self._tiered.mapped),
            ("found", "Bodies that were there at the start.", count.found),
            ("discarded", "Files that were removed at the start.", count.discarded),
            ("start_seconds", "Time that it took to find them.", count.opened_ms / 1000),
        ):
            yield GaugeMetricFamily(f"{_PREFIX}disk_{name}", text, value=float(value))

    def _latency(self) -> Metric:
        family = HistogramMetricFamily(
            _PREFIX + "request_seconds", "Time to the last byte of a response.", labels=("who",)
        )
        bounds = [*(f"{bound / 1000:g}" for bound in LATENCY_BOUNDS_MS), "+Inf"]
        for who, numbers in self._counters.latency_ms.items():
            so_far, buckets = 0, []
            for bound, number in zip(bounds, numbers, strict=True):
                so_far += number
                buckets.append((bound, float(so_far)))
            family.add_metric((who,), buckets, self._counters.latency_sum_ms[who] / 1000)
        return family


def _single(counts: Mapping[str, int]) -> dict[tuple[str, ...], int]:
    return {(label,): number for label, number in counts.items()}


def _by_why(counts: Mapping[Lost, int]) -> dict[tuple[str, ...], int]:
    """Every reason is there from the start, so that a first one is an increase."""
    return {(why.value,): counts.get(why, 0) for why in Lost}


def _counter(
    name: str, text: str, labels: tuple[str, ...], counts: Mapping[tuple[str, ...], int]
) -> CounterMetricFamily:
    family = CounterMetricFamily(_PREFIX + name, text, labels=labels)
    for values, number in counts.items():
        family.add_metric(values, number)
    return family
