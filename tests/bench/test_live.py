from bench.live import hit_ns, requests_per_s


def test_live_policies_take_a_trace_at_some_rate() -> None:
    ids = [number * number % 97 for number in range(5000)]
    sizes = [1 + number % 7 for number in ids]
    assert all(requests_per_s(name, ids, sizes, 100) > 1000 for name in ("lru", "sieve", "s3fifo"))


def test_hits_are_measured_beside_cachetools() -> None:
    measured = hit_ns(repeats=1)
    assert list(measured) == [
        "lru policy: hit(key)",
        "sieve policy: hit(key)",
        "PolicyCache lru: cache[key]",
        "PolicyCache sieve: cache[key]",
        "cachetools LRUCache: cache[key]",
    ]
    assert all(1 < ns < 100_000 for ns in measured.values())
