"""What a node counts: plain integers on the way of a request, read by the exporter when it is scraped."""

from __future__ import annotations

from collections import Counter, defaultdict

from caching import Dropped, Outcome, Record
from caching.reasons import Reason

# Upper bounds in milliseconds; the last bucket is everything above.
LATENCY_BOUNDS_MS = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000)


class Counters:
    """Counts since the node began. ``who`` is ``client``, ``peer``, ``refresh`` or ``block``."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, ...]] = Counter()
        """By who, outcome and reason."""
        self.sent_bytes: Counter[str] = Counter()
        """Body bytes sent, by who."""
        self.upstream_requests: Counter[str] = Counter()
        """Requests sent upstream, by ``origin`` or ``peer``."""
        self.upstream_failures: Counter[str] = Counter()
        self.upstream_bytes: Counter[str] = Counter()
        """Body bytes received from upstream."""
        self.flaws: Counter[tuple[str, ...]] = Counter()
        """Messages refused for their form, by ``client``, ``origin`` or ``peer``, and by what was wrong."""
        self.cut_off: Counter[str] = Counter()
        """Clients that did not get an answer to its end, by why."""
        self.tls_failures: Counter[str] = Counter()
        """TLS connections that came to nothing, or broke, by why."""
        self.certificate_expires_ms: int | None = None
        """Since the epoch; None without TLS."""
        self.not_stored: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        """Entries that left the cache, by cause."""
        self.purges = 0
        self.prepared = 0
        """Requests that were answered from bytes that lay ready (``edge.hotpath``); among the others too."""
        self.latency_ms: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(LATENCY_BOUNDS_MS) + 1))
        """Requests by time to the last byte, a histogram for each who."""
        self.latency_sum_ms: defaultdict[str, float] = defaultdict(float)

    def on_finished(self, record: Record, who: str, sent_bytes: int, took_ms: float) -> None:
        """Count a request that is over."""
        self.requests[who, record.outcome.value, record.reason.value] += 1
        self.sent_bytes[who] += sent_bytes
        self.latency_sum_ms[who] += took_ms
        bucket = sum(1 for bound in LATENCY_BOUNDS_MS if took_ms > bound)
        self.latency_ms[who][bucket] += 1
        if record.not_stored is not None:
            self.not_stored[record.not_stored.value] += 1

    def on_prepared(self, number: int, sent_bytes: int) -> None:
        """Count answers to clients that were given in the same step in which their requests came."""
        self.prepared += number
        self.requests["client", Outcome.HIT.value, Reason.FRESH.value] += number
        self.sent_bytes["client"] += sent_bytes
        self.latency_ms["client"][0] += number

    def on_dropped(self, cause: Dropped) -> None:
        self.dropped[cause.value] += 1
