import random

import pytest

from caching.admission import AdaptSize, Guarded
from caching.policies import Lru, Policy

SMALL, LARGE = 1_000, 400_000


def asked(cache: Policy[str], requests: int) -> int:
    """Requests for 1000 small objects that come back and as many large ones that hardly do; the hits."""
    dice, hits = random.Random(3), 0
    for _ in range(requests):
        is_large = dice.random() < 0.5
        key = f"large-{dice.randrange(1000)}" if is_large else f"small-{int(dice.paretovariate(0.7)) % 1000}"
        if key in cache:
            cache.hit(key)
            hits += 1
        else:
            cache.admit(key, LARGE if is_large else SMALL)
    return hits


def test_all_is_admitted_until_the_first_tuning() -> None:
    rule = AdaptSize(interval=10_000)
    asked(Guarded(Lru[str](1_000_000), rule), 900)
    assert rule.c_bytes is None
    assert rule.admits("x", LARGE, Lru(1_000_000))


def test_intervals_grow_to_their_length() -> None:
    rule, lengths = AdaptSize(interval=5_000), set()
    cache = Guarded(Lru[str](1_000_000), rule)
    for _ in range(120):
        asked(cache, 100)
        lengths.add(rule._length)
    assert lengths == {1_000, 2_000, 4_000, 5_000}


def test_it_learns_to_refuse_what_is_large() -> None:
    rule = AdaptSize(interval=2_000)
    hits = asked(Guarded(Lru[str](1_000_000), rule), 20_000)
    assert rule.c_bytes is not None and SMALL < rule.c_bytes < LARGE
    assert hits > 1.3 * asked(Lru[str](1_000_000), 20_000)


def test_too_little_to_tune_by_is_left_alone() -> None:
    rule = AdaptSize(interval=500)
    asked(Guarded(Lru[str](10**9), rule), 5_000)
    assert rule.c_bytes is None


def test_what_is_hardly_asked_for_is_forgotten() -> None:
    rule = AdaptSize(interval=1_000)
    asked(Guarded(Lru[str](1_000_000), rule), 10_000)
    known = len(rule._sizes)
    for n in range(5_000):
        rule.requested("small-1", SMALL)
        if n % 1_000 == 999:
            rule.requested(f"new-{n}", 10**7)
            rule.admits(f"new-{n}", 10**7, Lru(1_000_000))
    assert len(rule._sizes) < known / 2
    assert rule._bytes == sum(rule._sizes.values())


def test_the_dice_are_seeded() -> None:
    rules = [AdaptSize(interval=2_000, seed=seed) for seed in (1, 1, 2)]
    hits = [asked(Guarded(Lru[str](1_000_000), rule), 10_000) for rule in rules]
    assert hits[0] == hits[1] != hits[2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"interval": 0}, "interval: must be greater than 0, not 0"),
        ({"interval": 1_000_001}, "interval: must be at most 1000000, not 1000001"),
        ({"horizon": 0}, "horizon: must be greater than 0, not 0"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AdaptSize(**options)
