import sys

from bench.index.memory import parts_of, resident_bytes
from bench.index.objects import make_cache, store


def test_each_part_grows_with_the_objects_and_nothing_is_counted_twice() -> None:
    cache = make_cache("lru", 4000)
    store(cache, range(1000))
    small = parts_of(cache.index)
    store(cache, range(1000, 4000))
    large = parts_of(cache.index)
    assert {"headers", "entries", "policy"} <= small.keys()
    assert all(large[part] > small[part] for part in small)
    assert sum(large.values()) < 4000 * 6000


def test_resident_memory_is_known_on_linux() -> None:
    known = resident_bytes()
    assert (known is not None and known > 10_000_000) is sys.platform.startswith("linux")
