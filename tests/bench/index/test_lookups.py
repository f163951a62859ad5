from collections import Counter

import pytest

from bench.index.lookups import drawn, lookups_per_s
from bench.index.objects import make_cache, received_ms, store


def test_the_same_seed_draws_the_same() -> None:
    for order in ("random", "zipf"):
        assert drawn(order, 100, 1000, 1) == drawn(order, 100, 1000, 1) != drawn(order, 100, 1000, 2)
        assert set(drawn(order, 100, 1000, 1)) <= set(range(100))


def test_by_zipf_a_few_are_asked_for_most() -> None:
    (_, random), (_, zipf) = (
        Counter(drawn(order, 1000, 10_000, 1)).most_common(1)[0] for order in ("random", "zipf")
    )
    assert zipf > 10 * random


def test_a_look_up_must_be_a_hit() -> None:
    cache = make_cache("sieve", 1000)
    store(cache, range(1000))
    now_ms = received_ms(1000)
    assert lookups_per_s(cache, drawn("random", 1000, 5000, 1), now_ms) > 0
    with pytest.raises(RuntimeError, match=r"/vod/film-00000/1/400\.m4s is not a hit"):
        lookups_per_s(cache, [1000], now_ms)
    with pytest.raises(RuntimeError, match="is not a hit"):
        lookups_per_s(cache, [1], now_ms + 366 * 24 * 3_600_000)
