"""The exposition, read by Prometheus' own parser."""

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from caching import Cache, CacheSettings, Dropped, Outcome, Purge, Reason, Record, Scope
from edge.connections import Connections
from edge.counters import LATENCY_BOUNDS_MS, Counters
from edge.exporter import Exporter
from tests.edge.scripted import get, origin_and_edge
from tests.edge.test_counters import record


def empty() -> Cache:
    return Cache(CacheSettings(), lambda entry, cause: None)


def parsed(text: bytes) -> dict[str, Metric]:
    return {family.name: family for family in text_string_to_metric_families(text.decode())}


def value_of(families: dict[str, Metric], name: str, sample: str = "", **labels: str) -> float:
    """The one sample of that name and those labels."""
    wanted = f"headwater_edge_{sample or name}"
    [value] = [
        sample.value
        for sample in families[f"headwater_edge_{name}"].samples
        if sample.name == wanted and sample.labels == labels
    ]
    return value


def test_a_node_that_has_done_nothing_has_gauges_already() -> None:
    cache = Cache(CacheSettings(capacity_bytes=1_000), lambda entry, cause: None)
    families = parsed(Exporter(Counters(), cache, lambda: 0, Connections(9, 0)).text())
    assert value_of(families, "cached_objects") == 0 and value_of(families, "capacity_bytes") == 1_000
    assert value_of(families, "fenced") == 0 and value_of(families, "position") == 0
    assert value_of(families, "purges", "purges_total") == 0
    assert all(family.documentation for family in families.values())


def test_the_state_is_read_anew_each_time() -> None:
    now_ms, cache = [0], Cache(CacheSettings(), lambda entry, cause: None)
    exporter = Exporter(Counters(), cache, lambda: now_ms[0], Connections(9, 0))
    cache.lease_until_ms = 100
    assert value_of(parsed(exporter.text()), "fenced") == 0
    now_ms[0] = 100
    cache.apply_purge(Purge(Scope.ALL), 4, 0)
    families = parsed(exporter.text())
    assert value_of(families, "fenced") == 1 and value_of(families, "position") == 4


def test_every_counter_has_its_labels() -> None:
    counters = Counters()
    counters.on_finished(record(Outcome.STALE, Reason.STALE_IF_ERROR), "peer", 12, 3.0)
    counters.upstream_requests["origin"], counters.upstream_failures["peer"] = 3, 2
    counters.upstream_bytes["origin"], counters.purges = 500, 6
    counters.not_stored["private"] = 7
    counters.on_dropped(Dropped.EVICTED)
    families = parsed(
        Exporter(counters, Cache(CacheSettings(), lambda e, c: None), lambda: 0, Connections(9, 0)).text()
    )
    for name, value, labels in (
        ("requests", 1, {"who": "peer", "outcome": "stale", "reason": "stale-if-error"}),
        ("sent_bytes", 12, {"who": "peer"}),
        ("upstream_requests", 3, {"to": "origin"}),
        ("upstream_failures", 2, {"to": "peer"}),
        ("upstream_bytes", 500, {"to": "origin"}),
        ("not_stored", 7, {"why": "private"}),
        ("dropped", 1, {"cause": "evicted"}),
        ("purges", 6, {}),
    ):
        assert families[f"headwater_edge_{name}"].type == "counter"
        assert value_of(families, name, f"{name}_total", **labels) == value


def test_latencies_are_a_cumulative_histogram_in_seconds() -> None:
    counters = Counters()
    for took_ms in (0.5, 3.0, 3.0, 70_000.0):
        counters.on_finished(record(Outcome.HIT, Reason.FRESH), "client", 0, took_ms)
    families = parsed(
        Exporter(counters, Cache(CacheSettings(), lambda e, c: None), lambda: 0, Connections(9, 0)).text()
    )
    buckets = [
        (sample.labels["le"], sample.value)
        for sample in families["headwater_edge_request_seconds"].samples
        if sample.name.endswith("_bucket")
    ]
    assert [float(bound) for bound, _ in buckets[:-1]] == [bound / 1000 for bound in LATENCY_BOUNDS_MS]
    numbers = [number for _, number in buckets]
    assert numbers == sorted(numbers) and dict(buckets)["0.001"] == 1 and dict(buckets)["0.005"] == 3
    assert buckets[-1] == ("+Inf", 4)
    for sample, value in (("request_seconds_count", 4), ("request_seconds_sum", 70.0065)):
        assert value_of(families, "request_seconds", sample, who="client") == value


async def test_the_metrics_of_a_node_add_up() -> None:
    records: list[Record] = []
    async with origin_and_edge() as (origin, node):
        node.on_record(records.append)
        origin.says("/a", b"x" * 100, cache_control="max-age=60")
        origin.says("/b", b"y" * 50, cache_control="no-store")
        for path in ("/a", "/a", "/b", "/a"):
            await get(node.url + path)
        status, text, headers = await get(node.url + "/metrics")
    families = parsed(text)
    assert status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4")
    requests = families["headwater_edge_requests"].samples
    assert sum(sample.value for sample in requests) == len(records) == 4
    assert value_of(families, "sent_bytes", "sent_bytes_total", who="client") == 350
    assert value_of(families, "upstream_bytes", "upstream_bytes_total", to="origin") == 150
    assert value_of(families, "request_seconds", "request_seconds_count", who="client") == 4
    assert value_of(families, "cached_objects") == 1
    assert value_of(families, "cached_bytes") == 100 + CacheSettings().entry_overhead_bytes
