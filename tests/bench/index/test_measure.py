from multiprocessing import active_children

from bench.index.measure import measure
from bench.index.rows import LookupRow, MemoryRow, PartRow, PauseRow
from bench.index.settings import IndexBenchSettings


def test_an_index_is_measured_at_each_size() -> None:
    told: list[str] = []
    settings = IndexBenchSettings(2000, 1000, ("lru", "sieve"))
    rows = list(measure(settings, lambda share, note: told.append(f"{share:.2f} {note}")))
    assert told == [
        "0.00 lru, 1,000 objects",
        "0.25 lru, 2,000 objects",
        "0.50 sieve, 1,000 objects",
        "0.75 sieve, 2,000 objects",
        "1.00 ",
    ]
    sizes = [("lru", 1000), ("lru", 2000), ("sieve", 1000), ("sieve", 2000)]
    assert [(row.policy, row.objects) for row in rows if isinstance(row, PauseRow)] == sizes
    assert [(row.policy, row.objects, row.order) for row in rows if isinstance(row, LookupRow)] == [
        (*size, order) for size in sizes for order in ("random", "zipf")
    ]
    assert {(row.policy, row.objects) for row in rows if isinstance(row, PartRow)} == {
        ("lru", 2000),
        ("sieve", 2000),
    }
    memory = [row for row in rows if isinstance(row, MemoryRow)]
    assert {row.policy for row in memory} <= {"lru", "sieve"}
    assert all(100 < row.bytes_per_object < 20_000 for row in memory)


def test_whoever_has_seen_enough_waits_for_no_process() -> None:
    rows = measure(IndexBenchSettings(1_000_000, 1000, ("lru",)), lambda share, note: None)
    assert next(rows)
    rows.close()
    assert not active_children()
