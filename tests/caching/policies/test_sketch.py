from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from caching.policies.sketch import FrequencySketch, key_digest
from hashing import digest64

names = st.lists(st.sampled_from([f"key-{n}" for n in range(40)]), max_size=200)


@settings(max_examples=50, deadline=None)
@given(keys=names, cells=st.integers(1, 300))
def test_an_estimate_is_never_too_low(keys: list[str], cells: int) -> None:
    sketch = FrequencySketch(cells)
    for key in keys:
        sketch.count(key_digest(key))
    assert all(sketch.estimate(key_digest(key)) >= min(255, n) for key, n in Counter(keys).items())


def test_with_cells_enough_an_estimate_is_right() -> None:
    sketch = FrequencySketch(4096)
    for n in range(40):
        for _ in range(n):
            sketch.count(key_digest(f"key-{n}"))
    assert [sketch.estimate(key_digest(f"key-{n}")) for n in range(40)] == list(range(40))


@settings(max_examples=50, deadline=None)
@given(keys=names, cells=st.integers(1, 100))
def test_doubling_changes_no_estimate(keys: list[str], cells: int) -> None:
    sketch = FrequencySketch(cells)
    for key in keys:
        sketch.count(key_digest(key))
    before = [sketch.estimate(key_digest(key)) for key in keys]
    sketch.double()
    assert sketch.cells == 2 * cells
    assert [sketch.estimate(key_digest(key)) for key in keys] == before


def test_halving_lets_the_past_fade_and_a_counter_stops_at_its_end() -> None:
    sketch = FrequencySketch(1 << 12)
    digest = key_digest("a")
    for _ in range(300):
        sketch.count(digest)
    assert sketch.estimate(digest) == 255
    sketch.halve()
    assert sketch.estimate(digest) == 127


def test_a_digest_is_the_same_in_every_process() -> None:
    assert key_digest("/vod/a/b.m4s") == digest64("/vod/a/b.m4s")
    assert key_digest(("a", 1)) == digest64("('a', 1)")
    assert key_digest(b"a") == key_digest("a")
